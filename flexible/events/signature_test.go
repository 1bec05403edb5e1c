package events_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/flexible/events"
)

func githubSite(t testing.TB) (*site, func(*http.Request, string)) {
	source := must(t)(events.GitHub(events.SenderConfig{Secrets: auth.FixedSecrets(secret)}))
	s := newSite(t, events.Config{Sources: []events.Source{source}, Handlers: map[string]events.HandlerFunc{"push": nothing, "star": nothing}})
	return s, signer(t, auth.GitHubSignature(), secret)
}

// Row 218: the signature is over the form as it was sent.
func TestFormsAreSignedRaw(t *testing.T) {
	t.Parallel()
	s, sign := githubSite(t)
	payload := `{"ref": "main & <b>"}`
	form := url.Values{"payload": {payload}}.Encode()
	edit := func(body, id string) func(*http.Request) {
		return func(r *http.Request) {
			headers("Content-Type", "application/x-www-form-urlencoded", "X-GitHub-Event", "push", "X-GitHub-Delivery", id)(r)
			sign(r, body)
		}
	}
	if a := s.post(t, "/webhook/github", form, edit(form, "1")); a.status != http.StatusOK || string(s.tray.taken()[0].Payload) != payload {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if a := s.post(t, "/webhook/github", form, edit(payload, "2")); a.status != http.StatusUnauthorized {
		t.Errorf("signed payload in place of the form: %d, want 401", a.status)
	}
	for name, body := range map[string]string{"no payload": "a=b", "two": form + "&" + form, "broken": "payload=%zz"} {
		if a := s.post(t, "/webhook/github", body, edit(body, name)); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d, want 400", name, a.status)
		}
	}
}

// Row 219: a compressed body is verified as it was sent, and then not taken.
func TestCompressedBodiesAreNotTaken(t *testing.T) {
	t.Parallel()
	s, sign := githubSite(t)
	edit := func(r *http.Request) {
		headers("Content-Encoding", "gzip", "X-GitHub-Event", "push", "X-GitHub-Delivery", "1")(r)
		sign(r, `{"a":1}`)
	}
	s.refused(t, s.post(t, "/webhook/github", `{"a":1}`, edit), http.StatusUnsupportedMediaType, events.ReasonContentType)
}

// Rows 235 and 236.
func TestSameIDWithAnotherBody(t *testing.T) {
	t.Parallel()
	s, sign := githubSite(t)
	send := func(body string) answer {
		return s.post(t, "/webhook/github", body, func(r *http.Request) {
			headers("X-GitHub-Event", "push", "X-GitHub-Delivery", "d1")(r)
			sign(r, body)
		})
	}
	if a := send(`{"a":1}`); a.status != http.StatusOK {
		t.Fatal(a)
	}
	if a := send(`{"a":1}`); a.status != http.StatusOK || len(s.tray.taken()) != 1 {
		t.Errorf("same body: %d, %d jobs", a.status, len(s.tray.taken()))
	}
	s.logs.await(t, "event", 2)
	s.logs.reset()
	if a := send(`{"a":2}`); a.status != http.StatusBadRequest || len(s.tray.taken()) != 1 {
		t.Errorf("another body: %d, %d jobs, want 400 and one", a.status, len(s.tray.taken()))
	}
	if r := s.logs.await(t, "event", 1)[0]; r["level"] != "ERROR" || r["reason"] != events.ReasonConflict {
		t.Errorf("log %v, want an alarm", r)
	}
}

// Rows 216 and 240: a header twice, and a signature in the trailer.
func TestSignatureInOddPlaces(t *testing.T) {
	t.Parallel()
	s, sign := githubSite(t)
	body := `{"a":1}`
	a := s.post(t, "/webhook/github", body, func(r *http.Request) {
		sign(r, body)
		r.Header.Add("X-Hub-Signature-256", r.Header.Get("X-Hub-Signature-256"))
	})
	s.refused(t, a, http.StatusUnauthorized, string(auth.ReasonDuplicateHeader))
	a = s.post(t, "/webhook/github", body, func(r *http.Request) {
		sign(r, body)
		r.Trailer = http.Header{"X-Hub-Signature-256": r.Header["X-Hub-Signature-256"]}
		r.Header.Del("X-Hub-Signature-256")
		r.ContentLength = -1
	})
	s.refused(t, a, http.StatusUnauthorized, string(auth.ReasonNoCredential))
}

// What the signature does not cover decides nothing unless the user says so.
func TestUnsignedPartsMustBeNamed(t *testing.T) {
	t.Parallel()
	base := func() events.Source {
		s := paid(t)
		s.Picks = []events.Pick{
			{From: events.FromHeader, Path: "X-Kind", Alias: "fromheader"}, {From: events.FromQuery, Path: "q", Alias: "fromquery"},
			{From: events.FromBody, Path: "b", Alias: "frombody"},
		}
		return s
	}
	tests := []struct {
		name   string
		change func(*events.Source)
		part   events.Part // empty: nothing need be named
	}{
		{"type from a header", func(s *events.Source) { s.Type = "headers['x-kind']" }, events.PartHeaders},
		{"id from the query", func(s *events.Source) { s.ID = "query.id" }, events.PartQuery},
		{"order by the tenant of the path", func(s *events.Source) { s.Order = "event.tenant" }, events.PartPath},
		{"condition on a header", func(s *events.Source) { branch(s, "headers['x-kind'] == 'a'") }, events.PartHeaders},
		{"condition on a picked header", func(s *events.Source) { branch(s, "vars.fromheader == 'a'") }, events.PartHeaders},
		{"condition on the picked query", func(s *events.Source) { branch(s, "vars.fromquery == 'a'") }, events.PartQuery},
		{"condition on the provider of the path", func(s *events.Source) { branch(s, "event.provider == 'a'") }, events.PartPath},
		{"payload from a header", func(s *events.Source) { s.Flows[0].Default.Payload = "{{headers['x-kind']}}" }, events.PartHeaders},
		{"type from the path", func(s *events.Source) { s.Type = ""; s.Paths = []string{"/{event_type}"} }, events.PartPath},
		{"tenant from the path", func(s *events.Source) { s.Paths = []string{"/{tenant}/paid"} }, events.PartPath},
		{"all from the body", func(s *events.Source) { branch(s, "vars.frombody == 'a' and event.payload.x == event.type") }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			start := func(parts ...events.Part) error {
				s := base()
				tt.change(&s)
				s.Unsigned = parts
				_, err := events.NewReceiver(events.Config{
					Sources: []events.Source{s}, Queue: &tray{}, Once: memoryStore(t), Handlers: map[string]events.HandlerFunc{"book": nothing},
					Logger: (&logBook{}).logger(),
				})
				return err
			}
			err := start()
			if (err != nil) != (tt.part != "") {
				t.Fatalf("without naming a part: %v", err)
			}
			if tt.part == "" {
				return
			}
			if !strings.Contains(err.Error(), fmt.Sprintf("list %q under unsigned", tt.part)) {
				t.Errorf("error %v", err)
			}
			if err := start(tt.part); err != nil {
				t.Errorf("with the part named: %v", err)
			}
		})
	}
}

func branch(s *events.Source, when string) {
	s.Flows[0].Branches = []events.Branch{{When: when, Target: events.Target{Ignore: true}}}
}
