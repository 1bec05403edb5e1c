package main

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/agent"
)

// webhooks makes callers out of the mappings. Exported addresses are dialled
// only with --live.
func (c *testCommand) webhooks(a *agent.Agent) (hooks emulator.Webhooks, recorded bool, err error) {
	byName := make(map[string]string)
	all := ""
	for _, m := range c.Webhook {
		name, address, named := strings.Cut(m, "=")
		switch {
		case m == "recorded":
			recorded = true
		case m == "off":
		case strings.Contains(name, "://") || !named:
			all = m
		default:
			byName[name] = address
		}
	}
	if recorded {
		return nil, true, nil
	}
	callers := make(emulator.Callers)
	for name, w := range a.Webhooks {
		address := byName[name]
		if address == "" {
			address = all
		}
		delete(byName, name)
		target := caller.ToResource()
		opts := []caller.Option{}
		if address != "" {
			if u, err := url.Parse(address); err != nil || u.Host == "" {
				return nil, false, fmt.Errorf("webhook %q: %q is no URL", name, address)
			}
			target = caller.ToURL(address)
			opts = append(opts, caller.AllowLocal(), caller.Unauthenticated())
		} else if !c.Live {
			continue
		}
		if callers[name], err = caller.New(w, target, opts...); err != nil {
			return nil, false, fmt.Errorf("webhook %q: %w", name, err)
		}
	}
	for name := range byName {
		return nil, false, fmt.Errorf("the agent has no webhook %q", name)
	}
	return callers, false, nil
}
