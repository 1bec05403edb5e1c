package events_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/flexible/events"
)

func templateSite(t testing.TB, template string) (*site, error) {
	cfg := events.Config{
		Queue: &tray{}, Handlers: map[string]events.HandlerFunc{"h": nothing}, Logger: (&logBook{}).logger(),
		Sources: []events.Source{{
			Name: "any", Paths: []string{"/in"}, Verify: events.Unverified(),
			Flows: []events.Flow{{Default: &events.Target{Handler: "h", Payload: template}}},
		}},
	}
	if _, err := events.NewReceiver(cfg); err != nil {
		return nil, err
	}
	cfg.Queue, cfg.Logger = nil, nil
	return newSite(t, cfg), nil
}

func TestPayloadTemplates(t *testing.T) {
	t.Parallel()
	const body = "{ \"text\": \"{{event.type}} \\\"q\\\" \\n <b>\", \"n\": 9007199254740993.10, \"o\": {\"k\":[1]}, \"z\": null }"
	tests := []struct{ name, template, want string }{
		{"the whole event keeps its bytes", `{{event.payload}}`, body},
		{"blanks in the place", ` {{  event.payload  }} `, " " + body + " "},
		{"a value outside a string is JSON", `{"a":{{event.payload.n}},"b":{{event.payload.o}}}`, `{"a":9007199254740993.10,"b":{"k":[1]}}`},
		{"a text outside a string has its quotes", `[{{event.payload.text}}]`, `["{{event.type}} \"q\" \n <b>"]`},
		{"a text inside a string has its escapes, and is not read as a template", `{"a":"<{{event.payload.text}}>"}`, `{"a":"<{{event.type}} \"q\" \n <b>>"}`},
		{"a number inside a string", `"no {{event.payload.n}}"`, `"no 9007199254740993.10"`},
		{"an object inside a string", `"o {{event.payload.o}}"`, `"o {\"k\":[1]}"`},
		{"what is missing", `{"a":{{event.payload.missing}},"b":"{{event.payload.missing.x}}"}`, `{"a":null,"b":""}`},
		{"no places", `{"fixed":true}`, `{"fixed":true}`},
		{"a condition", `{"big":{{event.payload.n > 5}}}`, `{"big":true}`},
		{"a quote behind a backslash", `"\"{{event.source}}\""`, `"\"any\""`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := templateSite(t, tt.template)
			if err != nil {
				t.Fatal(err)
			}
			if a := s.post(t, "/in", body, nil); a.status != http.StatusOK {
				t.Fatalf("%d %s", a.status, a.body)
			}
			if got := string(s.tray.taken()[0].Payload); got != tt.want || !json.Valid([]byte(got)) {
				t.Errorf("payload %s\nwant    %s", got, tt.want)
			}
		})
	}
}

func TestTemplatesThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, template := range map[string]string{
		"no JSON": `{"a":{{event.payload}}`, "a place without an end": `{{event.payload`, "an unknown root": `{{payload}}`,
		"a call": `{{toJSON(event.payload)}}`, "two values": `{{event.payload}}{{event.payload}}`, "a place as a bare name": `{ {{event.type}}: 1}`,
		"a place behind a backslash": `"\{{event.type}}"`, "a template in a place": `{{ "{{event.type}}" }}`,
	} {
		if _, err := templateSite(t, template); err == nil || !strings.Contains(err.Error(), "default.payload") {
			t.Errorf("%s: %q starts: %v", name, template, err)
		}
	}
}

// What a template makes is bounded, however often it repeats an event.
func TestTemplatesCannotGrowWithoutBound(t *testing.T) {
	t.Parallel()
	s, err := templateSite(t, "["+strings.Repeat("{{event.payload}},", 100)+"1]")
	if err != nil {
		t.Fatal(err)
	}
	large := `{"a":"` + strings.Repeat("x", 900_000) + `"}`
	s.refused(t, s.post(t, "/in", large, nil), http.StatusRequestEntityTooLarge, events.ReasonTooLarge)
}

// FuzzTemplates: whatever starts makes JSON of any event.
func FuzzTemplates(f *testing.F) {
	f.Add(`{"a":"{{event.payload.a}}","b":{{event.payload}}}`, `{"a":"\" {{event.type}} \\"}`)
	f.Add(`"\\{{event.payload}}"`, `["\u2028"]`)
	f.Fuzz(func(t *testing.T, template, body string) {
		s, err := templateSite(t, template)
		if err != nil {
			return
		}
		if s.post(t, "/in", body, nil).status != http.StatusOK {
			return
		}
		if jobs := s.tray.taken(); len(jobs) != 1 || !json.Valid(jobs[0].Payload) {
			t.Errorf("%q makes %q of %q", template, jobs, body)
		}
	})
}
