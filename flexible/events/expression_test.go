package events_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/flexible/events"
)

// conditionSite routes to "yes" when the condition holds, else to "no".
func conditionSite(t testing.TB, when string, picks ...events.Pick) (*site, error) {
	v, err := events.HeaderSecret(auth.HeaderConfig{Name: "X-Secret", Secrets: auth.FixedSecrets(secret)})
	if err != nil {
		t.Fatal(err)
	}
	cfg := events.Config{
		Queue: &tray{}, Handlers: map[string]events.HandlerFunc{"yes": nothing, "no": nothing},
		Sources: []events.Source{{
			Name: "any", Paths: []string{"/in/{tenant}/{event_type}"}, Verify: v, Picks: picks,
			Flows: []events.Flow{{
				Branches: []events.Branch{{When: when, Target: events.Target{Handler: "yes"}}},
				Default:  &events.Target{Handler: "no"},
			}},
		}},
	}
	cfg.Logger = slog.New(slog.DiscardHandler)
	if _, err := events.NewReceiver(cfg); err != nil {
		return nil, err
	}
	cfg.Queue, cfg.Logger = nil, nil
	return newSite(t, cfg), nil
}

func TestConditions(t *testing.T) {
	t.Parallel()
	const body = `{"type":"payment_intent.succeeded","amount":9007199254740993,"price":19.90,"live":true,"none":null,
		"tags":["a","b"],"data":{"object":{"id":"pi_1"}},"list":[{"x":1},{"x":2}],"big":1e999}`
	tests := []struct {
		when string
		want bool
	}{
		// the two of the worker system
		{`headers['x-github-event'] == 'push'`, true},
		{`event.payload.type == 'payment_intent.succeeded'`, true},
		// what is not there is no match and no error
		{`headers['x-missing'] == 'push'`, false},
		{`headers['x-missing'] contains 'p'`, false},
		{`headers['x-missing'] < 'p' or event.payload.live`, true},
		{`headers['x-missing'].deeper == 'p' || headers['x-github-event'] == 'push'`, true},
		{`event.payload.missing.deeper[3] == 1`, false},
		{`event.payload.type.deeper == 1`, false},
		{`headers['x-missing'] == ''`, false},
		{`headers['x-missing'] == nil`, true},
		{`headers['x-missing'] != 'push'`, true},
		{`headers['x-missing'] in ['push', nil]`, false},
		{`event.payload.none == nil`, true},
		// credentials are not there
		{`headers['x-secret'] == nil`, true},
		{`headers['authorization'] == nil`, true},
		// values
		{`event.payload.amount == 9007199254740993`, true},
		{`event.payload.amount == 9007199254740992`, false},
		{`event.payload.amount > 9007199254740992`, true},
		{`event.payload.price == 19.9`, true},
		{`event.payload.price >= 20`, false},
		{`event.payload.price > -1`, true},
		{`event.payload.big > 1`, false},
		{`event.payload.price == '19.90'`, false},
		{`event.payload.live`, true},
		{`event.payload.live == true and not event.payload.dead`, true},
		{`event.payload.type`, false},
		{`event.payload.amount`, false},
		{`event.payload.tags == ['a', 'b']`, true},
		{`event.payload.tags == ['b', 'a']`, false},
		{`'a' in event.payload.tags`, true},
		{`'type' in event.payload`, true},
		{`event.payload.data == event.payload.data`, true},
		{`event.payload.data != event.payload.list`, true},
		{`event.payload.data.object.id startsWith 'pi_' and event.payload.type endsWith '.succeeded'`, true},
		{`event.payload.list[1].x == 2`, true},
		{`event.payload.list[7].x == 2`, false},
		{`event.payload['data']["object"].id == 'pi_1'`, true},
		{`event.payload?.data?.object?.id == 'pi_1'`, true},
		{`event.tenant == 'acme' && event.type == 'paid'`, true},
		{`event.id == nil && event.signed_id == nil && event.source == 'any'`, true},
		{`query.a[0].b == '1' and query.c == 'x y'`, true},
		{`query.missing == '1'`, false},
		{`vars.kind == 'push' and vars.first == 'a' and vars.nope == nil`, true},
		{`headers['content-type'] == 'application/json'`, true},
	}
	for _, tt := range tests {
		t.Run(tt.when, func(t *testing.T) {
			t.Parallel()
			s, err := conditionSite(t, tt.when,
				events.Pick{From: events.FromHeader, Path: "X-GitHub-Event", Alias: "kind"},
				events.Pick{From: events.FromBody, Path: "$.tags[0]", Alias: "first"},
				events.Pick{From: events.FromBody, Path: "absent", Alias: "nope"})
			if err != nil {
				t.Fatal(err)
			}
			a := s.post(t, "/in/acme/paid?a[0][b]=1&c=x+y", body, headers("X-Secret", secret, "X-GitHub-Event", "push"))
			jobs := s.tray.taken()
			if a.status != http.StatusOK || len(jobs) != 1 || (jobs[0].Handler == "yes") != tt.want {
				t.Errorf("%d %s, jobs %+v, want it to hold: %v", a.status, a.body, jobs, tt.want)
			}
		})
	}
}

// What could cost without bound, or call anything, does not start.
func TestConditionsThatAreRefused(t *testing.T) {
	t.Parallel()
	for when, reason := range map[string]string{
		`repeat('a', 1000000) == ''`:                          "calls",
		`len(event.payload.list) > 0`:                         "calls",
		`any(event.payload.list, {.x == 1})`:                  "loops",
		`1..1000000 == nil`:                                   "ranges",
		`event.payload.type matches '(a+)+$'`:                 "patterns",
		`event.payload.a + event.payload.b == 2`:              "arithmetic",
		`event.payload.a ** 99 == 2`:                          "arithmetic",
		`let x = 1; x == 1`:                                   "variables",
		`true ? true : false`:                                 "branches",
		`event.payload[event.type] == 1`:                      "computed members",
		`event.payload.list[0:1] == nil`:                      "slices",
		`{'a': 1} == nil`:                                     "maps",
		`now() > 1`:                                           "the clock",
		`env('HOME') == ''`:                                   "the environment",
		`$env == nil`:                                         "the environment",
		`headers['X-GitHub-Event'] == 'push'`:                 "names in upper case never match",
		`header['x-github-event'] == 'push'`:                  "a name that is not known",
		`event.payloads.type == 'x'`:                          "a field that is not known",
		`vars.other == 'x'`:                                   "an alias that is not known",
		`event == nil`:                                        "a root alone",
		`headers['x' == 'push'`:                               "no grammar",
		``:                                                    "empty",
		strings.Repeat("(", 3000) + strings.Repeat(")", 3000): "long and deep",
		strings.Repeat("!", 4097):                             "long",
	} {
		if _, err := conditionSite(t, when); err == nil || !strings.Contains(err.Error(), "branches[0]") {
			t.Errorf("%s: %.60q starts: %v", reason, when, err)
		}
	}
}

func FuzzConditions(f *testing.F) {
	f.Add(`headers['x-github-event'] == 'push'`)
	f.Add(`event.payload.type in ['a', -1.5] && not (query.a[0].b contains 'x')`)
	f.Fuzz(func(t *testing.T, when string) {
		s, err := conditionSite(t, when)
		if err != nil {
			return
		}
		// Whatever starts decides, for an event that has nothing of what it reads.
		if a := s.post(t, "/in/acme/paid", `{}`, headers("X-Secret", secret)); a.status != http.StatusOK || len(s.tray.taken()) != 1 {
			t.Errorf("%q: %d %s", when, a.status, a.body)
		}
	})
}
