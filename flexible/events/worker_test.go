package events_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/flexible/events"
)

const (
	githubSecret = "canary-github-0123456789"
	stripeSecret = "whsec_canary-stripe-0123"
)

// workerSite serves the seed configuration of worker events, as it is.
func workerSite(t testing.TB, change func(*events.Config)) *site {
	t.Helper()
	cfg, err := events.ReadConfig(t.Context(), "seed.json", []byte(seedJSON), events.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Handlers = map[string]events.HandlerFunc{"push": nothing, "payment_intent.succeeded": nothing}
	if change != nil {
		change(&cfg)
	}
	return newSite(t, cfg)
}

// standardKey is the key of the vector of Standard Webhooks.
const standardKey = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

const seedJSON = `{"events-webhook": {"enabled": true, "public_base_url": "https://hooks.example.com", "secret_header": "X-Hook-Secret",
 "secret_key": "` + secret + `",
 "signatures": {"github": {"header": "X-Hub-Signature-256", "algorithm": "sha256", "secret": "` + githubSecret + `"},
 "stripe": {"header": "Stripe-Signature", "algorithm": "stripe", "secret": "` + stripeSecret + `"}}}}`

func TestWorkerEvents(t *testing.T) {
	t.Parallel()
	const body = `{"id":"evt_1","object":"event","type":"payment_intent.succeeded"}`
	bySecret := headers("X-Hook-Secret", secret)
	github, stripe := signer(t, auth.GitHubSignature(), githubSecret), signer(t, auth.StripeSignature(), stripeSecret)
	wrong := signer(t, auth.GitHubSignature(), "another-secret-of-good-length")
	all := func(edits ...func(*http.Request)) func(*http.Request) {
		return func(r *http.Request) {
			for _, e := range edits {
				e(r)
			}
		}
	}
	none := func(*http.Request) {}
	tests := []struct {
		name, path string
		edit       func(*http.Request)
		status     int
		handler    string
	}{
		{"secret header", "/events/webhook/acme/push", bySecret, 200, "push"},
		{"github signature", "/events/webhook/acme/push", signed(github, body), 200, "push"},
		{"stripe signature", "/events/webhook/acme/payment_intent.succeeded", signed(stripe, body), 200, "payment_intent.succeeded"},
		{"alias with its provider", "/v1/events/ingress/stripe/acme/payment_intent.succeeded", signed(stripe, body), 200, "payment_intent.succeeded"},
		{"alias goes on", "/v1/events/ingress/stripe/acme/payment_intent.succeeded/a/b", signed(stripe, body), 200, "payment_intent.succeeded"},
		{"nothing", "/events/webhook/acme/push", none, 401, ""},
		{"bad signature is not let pass", "/events/webhook/acme/push", signed(wrong, body), 401, ""},
		{"bad signature beside a good secret", "/events/webhook/acme/push", all(bySecret, signed(wrong, body)), 401, ""},
		{"good signature beside a bad secret", "/events/webhook/acme/push", all(headers("X-Hook-Secret", "x"), signed(github, body)), 401, ""},
		{"both good", "/events/webhook/acme/push", all(bySecret, signed(github, body)), 200, "push"},
		{"alias with another provider's signature", "/v1/events/ingress/stripe/acme/push", signed(github, body), 401, ""},
		{"alias with the secret alone", "/v1/events/ingress/stripe/acme/push", bySecret, 401, ""},
		{"alias of an unknown provider", "/v1/events/ingress/paypal/acme/push", bySecret, 404, ""},
		{"alias of the secret header", "/v1/events/ingress/(secret%20header)/acme/push", bySecret, 404, ""},
		{"unknown event type", "/events/webhook/acme/refund", bySecret, 404, ""},
		{"unknown tenant", "/events/webhook/other/push", bySecret, 404, ""},
		{"no type", "/events/webhook/acme", bySecret, 404, ""},
		{"more than a type", "/events/webhook/acme/push/x", bySecret, 404, ""},
		{"a tenant of dots", "/events/webhook/../push", bySecret, 404, ""},
		{"an encoded slash", "/events/webhook/acme%2fx/push", bySecret, 404, ""},
		{"a tenant beyond all bounds", "/events/webhook/" + strings.Repeat("a", 200) + "/push", bySecret, 404, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := workerSite(t, func(cfg *events.Config) { cfg.Sources[0].Tenants = []string{"acme"} })
			a := s.post(t, tt.path, body, tt.edit)
			jobs := s.tray.taken()
			if a.status != tt.status || (len(jobs) == 1) != (tt.status == http.StatusOK) {
				t.Fatalf("%d %s, %d jobs, want %d", a.status, a.body, len(jobs), tt.status)
			}
			if len(jobs) == 1 && (jobs[0].Handler != tt.handler || jobs[0].Tenant != "acme") {
				t.Errorf("job %+v", jobs[0])
			}
			for _, canary := range []string{secret, githubSecret, stripeSecret} {
				if strings.Contains(s.logs.text()+a.body, canary) {
					t.Errorf("a secret shows in %s", s.logs.text())
				}
			}
		})
	}
}

// The conditions and the answers of the worker system, in its words.
func TestWorkerFlow(t *testing.T) {
	t.Parallel()
	s := workerSite(t, func(cfg *events.Config) {
		cfg.Handlers = map[string]events.HandlerFunc{"on-push": nothing, "on-paid": nothing, "other": nothing}
		cfg.Sources[0].Reply = &events.Reply{Status: http.StatusAccepted, Body: `{"accepted":true}`, Header: map[string]string{"Content-Type": "application/json"}}
		cfg.Sources[0].Flows = []events.Flow{{
			Triggers: []string{"hook"},
			Branches: []events.Branch{
				{When: "headers['x-github-event'] == 'push'", Target: events.Target{Handler: "on-push", Payload: "{{event.payload}}"}},
				{When: "event.payload.type == 'payment_intent.succeeded'", Target: events.Target{Handler: "on-paid", Payload: `{"kind": "{{event.type}}", "whole": {{event.payload}}}`}},
			},
			Default: &events.Target{Handler: "other", Reply: &events.Reply{Body: "taken"}},
		}}
	})
	const body = `{ "type":"payment_intent.succeeded" }`
	tests := []struct {
		name, event      string
		handler, payload string
		status           int
		answer           string
	}{
		{"first match wins", "push", "on-push", body, 202, `{"accepted":true}`},
		{"second", "", "on-paid", `{"kind": "hook", "whole": ` + body + `}`, 202, `{"accepted":true}`},
	}
	for i, tt := range tests {
		a := s.post(t, "/events/webhook/acme/hook", body, func(r *http.Request) {
			headers("X-Hook-Secret", secret)(r)
			if tt.event != "" {
				r.Header.Set("X-GitHub-Event", tt.event)
			}
		})
		jobs := s.tray.taken()
		if a.status != tt.status || a.body != tt.answer || a.header.Get("Content-Type") != "application/json" || len(jobs) != i+1 {
			t.Fatalf("%s: %d %q, %d jobs", tt.name, a.status, a.body, len(jobs))
		}
		if j := jobs[i]; j.Handler != tt.handler || string(j.Payload) != tt.payload {
			t.Errorf("%s: handler %q, payload %s", tt.name, j.Handler, j.Payload)
		}
	}
	a := s.post(t, "/events/webhook/acme/hook", `{"type":"x"}`, headers("X-Hook-Secret", secret))
	if jobs := s.tray.taken(); a.status != 200 || a.body != "taken" || jobs[2].Handler != "other" {
		t.Errorf("default: %d %q, %+v", a.status, a.body, jobs)
	}
}

func TestDisabledAnswers404(t *testing.T) {
	t.Parallel()
	disabled := strings.Replace(seedJSON, `"enabled": true`, `"enabled": false`, 1)
	disabled = strings.Replace(disabled, `"secret_key": "`+secret+`"`, `"secret_key": ""`, 1)
	cfg, err := events.ReadConfig(t.Context(), "seed.json", []byte(disabled), events.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, cfg)
	s.refused(t, s.post(t, "/events/webhook/acme/push", `{}`, headers("X-Hook-Secret", secret)), http.StatusNotFound, events.ReasonPath)
	if urls := s.receiver.URLs(); len(urls) != 0 {
		t.Errorf("urls to register: %v", urls)
	}
}

func TestStartNamesEveryURL(t *testing.T) {
	t.Parallel()
	cfg, err := events.ReadConfig(t.Context(), "seed.json", []byte(seedJSON), events.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var logs logBook
	cfg.Handlers, cfg.Queue, cfg.Once, cfg.Logger = map[string]events.HandlerFunc{"push": nothing}, &tray{}, memoryStore(t), logs.logger()
	if _, err := events.NewReceiver(cfg); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"https://hooks.example.com/events/webhook/{tenant}/{event_type}",
		"https://hooks.example.com/v1/events/ingress/{provider}/{tenant}/{event_type}/{rest}",
	} {
		if !strings.Contains(logs.text(), want) {
			t.Errorf("the start does not name %s: %s", want, logs.text())
		}
	}
}

// The id of a Stripe event is in the signed body: no header that somebody adds
// to a signed body makes another event of it.
func TestHeadersMakeNoNewEventOfASignedBody(t *testing.T) {
	t.Parallel()
	const body = `{"id":"evt_1","object":"event","type":"payment_intent.succeeded"}`
	s := workerSite(t, nil)
	stripe := signer(t, auth.StripeSignature(), stripeSecret)
	for _, pairs := range [][]string{nil, {"X-GitHub-Delivery", "1"}, {"X-Shopify-Event-Id", "2"}} {
		a := s.post(t, "/events/webhook/acme/payment_intent.succeeded", body, func(r *http.Request) {
			headers(pairs...)(r)
			stripe(r, body)
		})
		if a.status != http.StatusOK {
			t.Fatalf("%v: %d %s", pairs, a.status, a.body)
		}
	}
	if jobs := s.tray.taken(); len(jobs) != 1 {
		t.Errorf("one event became %d jobs", len(jobs))
	}
}

// Delivery headers name events only where headers may decide.
func TestDeliveryHeadersDecideWhereTheyMay(t *testing.T) {
	t.Parallel()
	github := signer(t, auth.GitHubSignature(), githubSecret)
	for _, tt := range []struct {
		unsigned []events.Part
		jobs     int
	}{
		{[]events.Part{events.PartPath, events.PartHeaders}, 1},
		{[]events.Part{events.PartPath}, 2}, // both have no id
	} {
		s := workerSite(t, func(c *events.Config) { c.Sources[0].Unsigned = tt.unsigned })
		for _, body := range []string{`{"n":1}`, `{"n":2}`} {
			if a := s.post(t, "/events/webhook/acme/push", body, func(r *http.Request) {
				headers("X-GitHub-Delivery", "d1")(r)
				github(r, body)
			}); a.status != http.StatusOK {
				t.Fatalf("%v: %d %s", tt.unsigned, a.status, a.body)
			}
		}
		if jobs := s.tray.taken(); len(jobs) != tt.jobs {
			t.Errorf("with %v: %d jobs, want %d", tt.unsigned, len(jobs), tt.jobs)
		}
	}
}

// Row 236, for worker events: a signed id with another body is no repetition.
func TestSignedWorkerIDWithAnotherBody(t *testing.T) {
	t.Parallel()
	source := must(t)(events.WorkerEvents(events.WorkerConfig{Signatures: map[string]events.WorkerSignature{
		"shop": {Algorithm: "standard-webhooks", Secret: auth.FixedSecrets(standardKey)},
	}}))
	s := newSite(t, events.Config{Sources: []events.Source{source}, Handlers: map[string]events.HandlerFunc{"push": nothing}})
	signer, err := auth.NewSignatureSigner(auth.SignatureSignerConfig{
		Scheme: auth.StandardWebhooksSignature(), Secret: auth.NewSecret(standardKey), NewID: func() string { return "msg_1" },
	})
	if err != nil {
		t.Fatal(err)
	}
	send := func(body string) answer {
		return s.post(t, "/events/webhook/acme/push", body, func(r *http.Request) {
			if err := signer.Sign(r, []byte(body)); err != nil {
				t.Error(err)
			}
		})
	}
	for i, want := range []int{http.StatusOK, http.StatusOK, http.StatusBadRequest} {
		if a := send([]string{`{"n":1}`, `{"n":1}`, `{"n":2}`}[i]); a.status != want {
			t.Errorf("event %d: %d %s, want %d", i+1, a.status, a.body, want)
		}
	}
	if jobs := s.tray.taken(); len(jobs) != 1 {
		t.Errorf("%d jobs, want one", len(jobs))
	}
}

// A sender that is switched off needs no secret.
func TestDisabledSenderNeedsNoSecret(t *testing.T) {
	t.Parallel()
	for preset := range strings.FieldsSeq("github stripe shopify standard-webhooks") {
		text := "senders: [{preset: " + preset + ", enabled: false}]"
		cfg, err := events.ReadConfig(t.Context(), "f", []byte(text), events.FileOptions{})
		if err != nil {
			t.Errorf("%s: %v", preset, err)
			continue
		}
		if a := newSite(t, cfg).post(t, "/webhook/"+preset, "{}", nil); a.status != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", preset, a.status)
		}
	}
}
