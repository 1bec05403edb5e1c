package once_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/once"
)

const (
	page1 = "projects/p/locations/l/agents/a/flows/f/pages/1"
	page2 = "projects/p/locations/l/agents/a/flows/f/pages/2"
)

// fullTurn is a call with everything that a key is made of.
const fullTurn = `{
  "detectIntentResponseId": "r",
  "pageInfo": {"currentPage": "` + page1 + `"},
  "sessionInfo": {"session": "` + session + `", "parameters": {"count": 9007199254740993, "name": "it's", "when": {"year": 2026, "month": 11}}},
  "fulfillmentInfo": {"tag": "t"},
  "text": "two"
}`

func replaced(old, with string) string { return strings.Replace(fullTurn, old, with, 1) }

func TestWhatMakesARepetition(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		path, who string
		body      string
		same      bool
	}{
		{"identical", "", "", fullTurn, true},
		{"other blanks", "", "", strings.ReplaceAll(fullTurn, "  ", "\t\n"), true},
		{"other order of parameters", "", "", replaced(`"count": 9007199254740993, "name": "it's"`, `"name": "it's", "count": 9007199254740993`), true},
		{"other order within a parameter", "", "", replaced(`"year": 2026, "month": 11`, `"month": 11, "year": 2026`), true},
		{"other order of fields", "", "", replaced(`"fulfillmentInfo": {"tag": "t"},
  "text": "two"`, `"text": "two", "fulfillmentInfo": {"tag": "t"}`), true},
		{"other escapes", "", "", replaced("it's", `it\u0027s`), true},

		{"other tag in the turn", "", "", replaced(`"tag": "t"`, `"tag": "u"`), false},
		{"other parameter", "", "", replaced("it's", "it is"), false},
		{"integer that a float64 cannot tell apart", "", "", replaced("9007199254740993", "9007199254740992"), false},
		{"further parameter", "", "", replaced(`"count"`, `"more": 1, "count"`), false},
		{"other turn", "", "", replaced(`"r"`, `"s"`), false},
		{"other page", "", "", replaced(page1, page2), false},
		{"other session", "", "", replaced("sessions/s", "sessions/z"), false},
		{"other agent", "", "", replaced("agents/a/sessions", "agents/b/sessions"), false},
		{"other environment", "", "", replaced("agents/a/sessions", "agents/a/environments/e/sessions"), false},
		{"other principal", "", "somebody else", fullTurn, false},
		{"other path", "/webhook2", "", fullTurn, false},
		{"other query", "/webhook?env=test", "", fullTurn, false},
	}
	roads := map[string]func(s *service, g *once.Group){
		"message": func(s *service, g *once.Group) { s.serve([]cx.Option{cx.WithOnce(g)}, slowly(0)) },
		"typed": func(s *service, g *once.Group) {
			typed := cx.Typed(func(_ context.Context, _ struct {
				Name string `cx:"name"`
			},
			) (*cxpb.WebhookResponse, error) {
				s.runs.Add(1)
				return say("typed"), nil
			})
			s.route([]cx.Option{cx.WithOnce(g)}, typed)
		},
	}
	for road, serve := range roads {
		for _, tt := range tests {
			bubble(t, road+"/"+tt.name, func(t *testing.T) {
				var s service
				serve(&s, newGroup(t, once.Config{Store: newMemory(t, once.MemoryConfig{})}))
				if tt.path == "" {
					tt.path = "/webhook"
				}
				first := s.send(t.Context(), "/webhook", "", fullTurn)
				second := s.send(t.Context(), tt.path, tt.who, tt.body)
				if first.status != http.StatusOK || second.status != http.StatusOK {
					t.Fatalf("answers: %+v, %+v", first, second)
				}
				if runs := s.runs.Load(); runs == 1 != tt.same {
					t.Errorf("%d runs, want same = %v", runs, tt.same)
				}
			})
		}
	}
}

func TestCallsWithoutAnIDRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, _ := newService(t, once.Config{}, slowly(0))
		for range 2 {
			s.post(t, replaced(`"detectIntentResponseId": "r",`, ""))
		}
		if n := s.runs.Load(); n != 2 {
			t.Errorf("%d runs, want 2", n)
		}
		if o := s.outcomes(); o[""] != 2 {
			t.Errorf("outcomes %v, want none", o)
		}
	})
}

func TestKeyOfOnesOwn(t *testing.T) {
	t.Parallel()
	name := func(ctx context.Context, c cx.Call) string {
		if c.Tag != "t" {
			return ""
		}
		if req := cx.RequestFrom(ctx); req.GetText() != "" && len(cx.RawBody(ctx)) > 0 {
			return req.GetText()
		}
		panic("no request")
	}
	tests := []struct {
		name, who, body string
		same            bool
	}{
		{"all but the name differs", "", replaced(`"r"`, `"s"`), true},
		{"other name", "", replaced("two", "three"), false},
		{"principal counts all the same", "else", fullTurn, false},
	}
	for _, tt := range tests {
		bubble(t, tt.name, func(t *testing.T) {
			s, _ := newService(t, once.Config{}, slowly(0), cx.WithOnceKey(name))
			s.post(t, fullTurn)
			s.send(t.Context(), "/webhook", tt.who, tt.body)
			if runs := s.runs.Load(); runs == 1 != tt.same {
				t.Errorf("%d runs, want same = %v", runs, tt.same)
			}
		})
	}
	bubble(t, "no name", func(t *testing.T) {
		s, _ := newService(t, once.Config{}, slowly(0), cx.WithOnceKey(name))
		for range 2 {
			s.post(t, replaced(`"tag": "t"`, `"tag": "u"`))
		}
		if n := s.runs.Load(); n != 2 {
			t.Errorf("%d runs, want 2", n)
		}
	})
	bubble(t, "panic", func(t *testing.T) {
		s, _ := newService(t, once.Config{}, slowly(0), cx.WithOnceKey(name))
		if r := s.post(t, replaced("two", "")); r.status != http.StatusInternalServerError {
			t.Errorf("answered %d, want 500", r.status)
		}
		if lines := s.log.lines(t, "webhook handler panicked"); len(lines) != 1 {
			t.Errorf("%d lines about the panic, want 1", len(lines))
		}
	})
}

// A group that was declared and never made is found when the service starts,
// not by its first call.
func TestNoGroupPanicsWhenTheOptionIsMade(t *testing.T) {
	t.Parallel()
	for name, group := range map[string]cx.Once{"nil": nil, "nil group": (*once.Group)(nil)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			cx.WithOnce(group)
		}()
	}
}
