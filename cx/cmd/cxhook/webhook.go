package main

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/agent"
)

// webhooks makes callers out of the mappings, or says that the recording
// answers.
func (c *testCommand) webhooks(a *agent.Agent) (hooks emulator.Webhooks, recorded bool, err error) {
	if slices.Contains(c.Webhook, "recorded") {
		return nil, true, nil
	}
	hooks, err = callers(a, c.Webhook, c.Live)
	return hooks, false, err
}

// callers makes callers out of mappings: URL for all webhooks, NAME=URL for
// one, off for none and NAME=off for all but one. Exported addresses are dialled
// only if live is set.
func callers(a *agent.Agent, mappings []string, live bool) (emulator.Callers, error) {
	byName := make(map[string]string)
	all := ""
	for _, m := range mappings {
		name, address, named := strings.Cut(m, "=")
		switch {
		case m == "off":
		case strings.Contains(name, "://") || !named:
			all = m
		default:
			byName[name] = address
		}
	}
	list := make(emulator.Callers)
	for name, w := range a.Webhooks {
		address := byName[name]
		if address == "" {
			address = all
		}
		delete(byName, name)
		target := caller.ToResource()
		opts := []caller.Option{}
		if address == "off" {
			continue
		}
		if address != "" {
			if u, err := url.Parse(address); err != nil || u.Host == "" {
				return nil, fmt.Errorf("webhook %q: %q is no URL", name, address)
			}
			target = caller.ToURL(address)
			opts = append(opts, caller.AllowLocal(), caller.Unauthenticated())
		} else if !live {
			continue
		}
		c, err := caller.New(w, target, opts...)
		if err != nil {
			return nil, fmt.Errorf("webhook %q: %w", name, err)
		}
		list[name] = c
	}
	for name := range byName {
		return nil, fmt.Errorf("the agent has no webhook %q", name)
	}
	return list, nil
}
