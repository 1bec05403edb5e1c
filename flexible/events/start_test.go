package events_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/flexible/events"
)

// Row 378: on Cloud Run a queue or a store of this instance is warned of.
func TestWarningsOfTheStart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		env       string
		own       bool // queue and store of this process
		verify    events.Verification
		warnings  int
		mentioned []string
	}{
		{"Cloud Run, in memory", "receiver", true, events.Unverified(), 3, []string{"the queue lives in this instance", "the ids of events live in this instance", "events are not verified"}},
		{"Cloud Run, shared", "receiver", false, verified(t), 0, nil},
		{"elsewhere, in memory", "", true, verified(t), 0, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var logs logBook
			cfg := events.Config{
				Queue: &tray{}, Once: brokenStore{Store: memoryStore(t)}, Handlers: map[string]events.HandlerFunc{"h": nothing}, Logger: logs.logger(),
				Getenv: func(name string) string {
					if name != "K_SERVICE" {
						t.Errorf("reads %s", name)
					}
					return tt.env
				},
				Sources: []events.Source{{Name: "any", Paths: []string{"/in"}, Verify: tt.verify, Flows: []events.Flow{{Default: &events.Target{Handler: "h"}}}}},
			}
			if tt.own {
				cfg.Queue, cfg.Once = memoryQueue(t, events.MemoryQueueConfig{}), memoryStore(t)
			}
			if _, err := events.NewReceiver(cfg); err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(logs.text(), `"level":"WARN"`); n != tt.warnings {
				t.Errorf("%d warnings, want %d: %s", n, tt.warnings, logs.text())
			}
			for _, text := range tt.mentioned {
				if !strings.Contains(logs.text(), text) {
					t.Errorf("no %q in %s", text, logs.text())
				}
			}
		})
	}
}

func verified(t testing.TB) events.Verification {
	v, err := events.HeaderSecret(auth.HeaderConfig{Name: "X-Secret", Secrets: auth.FixedSecrets(secret)})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Row 401 and the mistakes of programs: what is incomplete or cannot be meant
// does not start, and all of it is told at once.
func TestConfigsThatDoNotStart(t *testing.T) {
	t.Parallel()
	good := func() events.Config {
		return events.Config{
			Queue: &tray{}, Once: memoryStore(t), Handlers: map[string]events.HandlerFunc{"h": nothing}, Logger: (&logBook{}).logger(),
			Sources: []events.Source{{Name: "any", Paths: []string{"/in"}, Verify: verified(t), Flows: []events.Flow{{Default: &events.Target{Handler: "h"}}}}},
		}
	}
	if _, err := events.NewReceiver(good()); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	tests := []struct {
		name   string
		change func(*events.Config, *events.Source)
		paths  []string
	}{
		{"nothing", func(c *events.Config, _ *events.Source) { *c = events.Config{} }, []string{"sources"}},
		{"an empty source", func(_ *events.Config, s *events.Source) { *s = events.Source{} }, []string{"sources[0].flows", "sources[0].name", "sources[0].paths", "sources[0].verify"}},
		{"a name", func(_ *events.Config, s *events.Source) { s.Name = "Any One" }, []string{"sources[0].name"}},
		{"a path without a slash", func(_ *events.Config, s *events.Source) { s.Paths[0] = "in" }, []string{"sources[0].paths[0]"}},
		{"a path with dots", func(_ *events.Config, s *events.Source) { s.Paths[0] = "/../in" }, []string{"sources[0].paths[0]"}},
		{"a path with an unknown place", func(_ *events.Config, s *events.Source) { s.Paths[0] = "/{id}" }, []string{"sources[0].paths[0]"}},
		{"a header of the answer in two spellings", func(_ *events.Config, s *events.Source) {
			s.Reply = &events.Reply{Header: map[string]string{"X-Shop": "a", "x-shop": "b"}}
		}, []string{"sources[0].reply"}},
		{"a place twice", func(_ *events.Config, s *events.Source) { s.Paths[0] = "/{tenant}/{tenant}" }, []string{"sources[0].paths[0]"}},
		{"a provider without its signatures", func(_ *events.Config, s *events.Source) { s.Paths[0] = "/{provider}" }, []string{"sources[0].paths[0]"}},
		{"a path twice", func(_ *events.Config, s *events.Source) { s.Paths = []string{"/in", "/in"} }, []string{"sources[0].paths[1]"}},
		{"a path that another takes", func(c *events.Config, s *events.Source) {
			other := *s
			other.Name, other.Paths = "other", []string{"/{tenant}"}
			c.Sources = append(c.Sources, other)
		}, []string{"sources[1].paths[0]"}},
		{"a name twice", func(c *events.Config, s *events.Source) {
			other := *s
			other.Paths = []string{"/other"}
			c.Sources = append(c.Sources, other)
		}, []string{"sources[1].name"}},
		{"a tenant that no path holds", func(_ *events.Config, s *events.Source) { s.Tenants = []string{"a/b"} }, []string{"sources[0].tenants[0]"}},
		{"a part", func(_ *events.Config, s *events.Source) { s.Unsigned = []events.Part{"body"} }, []string{"sources[0].unsigned[0]"}},
		{"a size", func(_ *events.Config, s *events.Source) { s.MaxBytes = events.MaxEventBytes + 1 }, []string{"sources[0].max_bytes"}},
		{"a limit", func(_ *events.Config, s *events.Source) { s.RunLimit = events.MaxRunLimit + 1 }, []string{"sources[0].run_limit"}},
		{"ids without a store", func(c *events.Config, s *events.Source) { c.Once, s.ID = nil, "event.payload.id" }, []string{"sources[0].id"}},
		{"an id that reads the id", func(_ *events.Config, s *events.Source) { s.ID = "event.id" }, []string{"sources[0].id"}},
		{"a job without a queue", func(c *events.Config, _ *events.Source) { c.Queue = nil }, []string{"sources[0].flows[0].default.handler"}},
		{"a handler that is not there", func(_ *events.Config, s *events.Source) { s.Flows[0].Default.Handler = "x" }, []string{"sources[0].flows[0].default.handler"}},
		{"two ends", func(_ *events.Config, s *events.Source) { s.Flows[0].Default.Ignore = true }, []string{"sources[0].flows[0].default"}},
		{"triggers without a type", func(_ *events.Config, s *events.Source) { s.Flows[0].Triggers = []string{"a"} }, []string{"sources[0].flows[0]"}},
		{"no flow and no type", func(_ *events.Config, s *events.Source) { s.Flows = nil }, []string{"sources[0].flows"}},
		{"a redirect", func(_ *events.Config, s *events.Source) { s.Reply = &events.Reply{Status: 302} }, []string{"sources[0].reply"}},
		{"a failure as the answer", func(_ *events.Config, s *events.Source) { s.Reply = &events.Reply{Status: 500} }, []string{"sources[0].reply"}},
		{"a body of no content", func(_ *events.Config, s *events.Source) { s.Reply = &events.Reply{Status: 204, Body: "x"} }, []string{"sources[0].reply"}},
		{"a header of the server's", func(_ *events.Config, s *events.Source) {
			s.Reply = &events.Reply{Header: map[string]string{"content-length": "1"}}
		}, []string{"sources[0].reply"}},
		{"a header with a line end", func(_ *events.Config, s *events.Source) {
			s.Reply = &events.Reply{Header: map[string]string{"X": "a\nb"}}
		}, []string{"sources[0].reply"}},
		{"a body too large", func(_ *events.Config, s *events.Source) {
			s.Reply = &events.Reply{Body: strings.Repeat("x", events.MaxReplyBytes+1)}
		}, []string{"sources[0].reply"}},
		{"a job with a credential", func(_ *events.Config, s *events.Source) { s.Headers = []string{"X-Secret", "authorization"} }, []string{"sources[0].headers[0]", "sources[0].headers[1]"}},
		{"picks", func(_ *events.Config, s *events.Source) {
			s.Picks = []events.Pick{{From: "header", Path: "Cookie"}, {From: "header", Path: "X-Secret"}, {From: "body", Path: "$["}, {From: "trailer", Path: "x"}, {From: "body", Path: "a"}, {From: "query", Path: "a"}}
		}, []string{"sources[0].picks[0]", "sources[0].picks[1]", "sources[0].picks[2]", "sources[0].picks[3]", "sources[0].picks[5]"}},
		{"times", func(c *events.Config, _ *events.Source) {
			c.RecordTime, c.StoreTime, c.BodyTime = -1, time.Hour, time.Hour
		}, []string{"body_time", "record_time", "store_time"}},
		{"bounds", func(c *events.Config, _ *events.Source) { c.MaxRuns = -1 }, []string{"max_bytes_in_use"}},
		{"a base that is none", func(c *events.Config, _ *events.Source) { c.PublicBaseURL = "hooks.example.com" }, []string{"public_base_url"}},
		{"a base with a password", func(c *events.Config, _ *events.Source) { c.PublicBaseURL = "https://u:p@hooks.example.com" }, []string{"public_base_url"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := good()
			tt.change(&cfg, &cfg.Sources[0])
			_, err := events.NewReceiver(cfg)
			var paths []string
			var joined interface{ Unwrap() []error }
			if errors.As(err, &joined) {
				for _, e := range joined.Unwrap() {
					var c *events.ConfigError
					if errors.As(e, &c) {
						paths = append(paths, c.Path)
					}
				}
			}
			sorted := append([]string(nil), paths...)
			slices.Sort(sorted)
			if diff := cmp.Diff(tt.paths, sorted); diff != "" {
				t.Errorf("mistakes (-want +got):\n%s\n%v", diff, err)
			}
			if strings.Contains(fmt.Sprint(err), secret) || strings.Contains(fmt.Sprint(err), "u:p") {
				t.Errorf("a secret shows in %v", err)
			}
		})
	}
}

func TestAnyOfNeedsHeadersOfItsOwn(t *testing.T) {
	t.Parallel()
	github, err := events.Signature(auth.SignatureConfig{Scheme: auth.GitHubSignature(), Secrets: auth.FixedSecrets(secret)})
	if err != nil {
		t.Fatal(err)
	}
	for name, named := range map[string]map[string]events.Verification{
		"none": nil, "a zero one": {"a": {}}, "nobody": {"a": events.Unverified()}, "one header for two": {"a": github, "b": github},
	} {
		if _, err := events.AnyOf(named); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if both, err := events.AnyOf(map[string]events.Verification{"a": github}); err != nil {
		t.Error(err)
	} else if _, err := events.AnyOf(map[string]events.Verification{"x": both}); err == nil {
		t.Error("one within another: no error")
	}
}
