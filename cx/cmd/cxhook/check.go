package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/cxhook/cxhook/flexible/events"
)

// errChecksFail ends the command with exitFailed.
var errChecksFail = errors.New("the configuration fails checks")

type checkCommand struct {
	Config      string `required:"" placeholder:"FILE" help:"The configuration of a receiver of events: JSON or YAML."`
	Metrics     string `placeholder:"URL" help:"Where the running receiver serves its figures; without it monitoring is not looked at."`
	SkipSecrets bool   `help:"Do not ask for the secrets that the configuration names."`
}

// Run implements the command.
func (c *checkCommand) Run(env *environment) error {
	data, err := os.ReadFile(c.Config)
	if err != nil {
		return err
	}
	cfg, err := events.ReadConfig(env.ctx, c.Config, data, events.FileOptions{SkipSecrets: c.SkipSecrets})
	if err != nil {
		fmt.Fprintln(env.stdout, err)
		return errChecksFail
	}
	failed := 0
	for _, check := range events.Checklist(cfg) {
		if check.Name == "monitoring" && c.Metrics != "" {
			check.Finding, check.Detail = lookAtMetrics(env.ctx, c.Metrics)
		}
		if check.Finding == events.Failed {
			failed++
		}
		fmt.Fprintf(env.stdout, "%-7s %s: %s\n", check.Finding, check.Name, check.Detail)
	}
	if failed > 0 {
		fmt.Fprintf(env.stdout, "%d checks failed\n", failed)
		return errChecksFail
	}
	return nil
}

// Bounds of one look at a receiver's figures.
const (
	metricsTime  = 10 * time.Second
	metricsBytes = 4 << 20
)

// lookAtMetrics says whether the figures of a receiver are served at a URL.
func lookAtMetrics(ctx context.Context, address string) (events.Finding, string) {
	ctx, cancel := context.WithTimeout(ctx, metricsTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil { // it is not shown, since it may hold a password
		return events.Failed, "--metrics is no URL"
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return events.Failed, fmt.Sprintf("the figures cannot be had: %v", err)
	}
	defer func() { _ = resp.Body.Close() }() // only read
	body, err := io.ReadAll(io.LimitReader(resp.Body, metricsBytes))
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "cxhook_events_received_total") {
		return events.Failed, fmt.Sprintf("%s answers %d without the figures of a receiver", r.URL.Redacted(), resp.StatusCode)
	}
	return events.Passed, "the figures are served"
}
