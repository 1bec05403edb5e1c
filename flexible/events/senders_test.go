package events_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/flexible/events"
)

func mac(key, content string) []byte {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(content))
	return h.Sum(nil)
}

// vector is a signed request whose signature does not come from this library.
type vector struct {
	name    string
	source  func(*testing.T) (events.Source, error)
	body    string
	headers []string // pairs: what is signed or signs, all of it flipped
	others  []string // pairs
	status  int      // of the vector itself
}

func vectors() []vector {
	at := time.Unix(1614265330, 0)
	cfg := func(key string) events.SenderConfig {
		return events.SenderConfig{Secrets: auth.FixedSecrets(key), Now: func() time.Time { return at }}
	}
	stripeBody := `{"id":"evt_1","type":"paid"}`
	shopBody := `{"id":820982911946154508}`
	return []vector{
		{
			// https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries;
			// its body is no JSON, so that it is refused behind its signature.
			name: "github", source: func(*testing.T) (events.Source, error) { return events.GitHub(cfg("It's a Secret to Everybody")) },
			body:    "Hello, World!",
			headers: []string{"X-Hub-Signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
			others:  []string{"X-GitHub-Event", "push", "X-GitHub-Delivery", "d-1"}, status: http.StatusBadRequest,
		},
		{
			// https://github.com/standard-webhooks/standard-webhooks, the vector of its libraries
			name: "standard-webhooks", source: func(*testing.T) (events.Source, error) {
				return events.StandardWebhooks(cfg("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
			},
			body: `{"test": 2432232314}`,
			headers: []string{
				"Webhook-Id", "msg_p5jXN8AQM9LWM0D4loKWxJek", "Webhook-Timestamp", "1614265330",
				"Webhook-Signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
			},
			status: http.StatusOK,
		},
		{
			// https://docs.stripe.com/webhooks/signature: the key is the whole text
			name: "stripe", source: func(*testing.T) (events.Source, error) { return events.Stripe(cfg("whsec_0123456789abcdef")) },
			body:    stripeBody,
			headers: []string{"Stripe-Signature", "t=1614265330,v1=" + hex.EncodeToString(mac("whsec_0123456789abcdef", "1614265330."+stripeBody))},
			status:  http.StatusOK,
		},
		{
			// https://shopify.dev/docs/apps/build/webhooks/subscribe/https: base64 over the body
			name: "shopify", source: func(*testing.T) (events.Source, error) { return events.Shopify(cfg("hush-hush-hush-hush")) },
			body:    shopBody,
			headers: []string{"X-Shopify-Hmac-Sha256", base64.StdEncoding.EncodeToString(mac("hush-hush-hush-hush", shopBody))},
			others:  []string{"X-Shopify-Topic", "orders/create", "X-Shopify-Event-Id", "e-1"}, status: http.StatusOK,
		},
	}
}

// receive hands a request to the receiver, without a client that would refuse
// to send what a bit makes of a header.
func receive(t testing.TB, r *events.Receiver, path, body string, pairs []string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(pairs); i += 2 {
		req.Header[http.CanonicalHeaderKey(pairs[i])] = []string{pairs[i+1]}
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w
}

func TestPresetsVerifyTheirVectorAndNoFlippedBit(t *testing.T) {
	t.Parallel()
	for _, v := range vectors() {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			source, err := v.source(t)
			if err != nil {
				t.Fatal(err)
			}
			source.Flows = []events.Flow{{Default: &events.Target{Handler: "h"}}}
			queue := &tray{}
			r, err := events.NewReceiver(events.Config{
				Sources: []events.Source{source}, Handlers: map[string]events.HandlerFunc{"h": nothing},
				Queue: queue, Once: memoryStore(t), Logger: slog.New(slog.DiscardHandler),
			})
			if err != nil {
				t.Fatal(err)
			}
			path := source.Paths[0]
			flips := 0
			refused := func(body string, pairs []string) {
				flips++
				if w := receive(t, r, path, body, append(pairs, v.others...)); w.Code != http.StatusUnauthorized {
					t.Errorf("flip %d: body %q, headers %q: %d, want 401", flips, body, pairs, w.Code)
				}
			}
			for i := range len(v.body) * 8 {
				refused(flip(v.body, i), v.headers)
			}
			for h := 1; h < len(v.headers); h += 2 {
				for i := range len(v.headers[h]) * 8 {
					pairs := append([]string(nil), v.headers...)
					pairs[h] = flip(pairs[h], i)
					refused(v.body, pairs)
				}
			}
			if n := len(queue.taken()); n != 0 {
				t.Errorf("%d jobs of forged events", n)
			}
			w := receive(t, r, path, v.body, append(v.headers, v.others...))
			body, _ := io.ReadAll(w.Body)
			if w.Code != v.status {
				t.Errorf("vector: %d %s, want %d", w.Code, body, v.status)
			}
			t.Logf("%d flips refused", flips)
		})
	}
}

func flip(s string, bit int) string {
	b := []byte(s)
	b[bit/8] ^= 1 << (bit % 8)
	return string(b)
}

func TestPresetsTakeWhatTheirSignerMakes(t *testing.T) {
	t.Parallel()
	weekKey := "whsec_" + base64.StdEncoding.EncodeToString([]byte("0123456789abcdef"))
	tests := []struct {
		name, key, body string
		source          func(events.SenderConfig) (events.Source, error)
		scheme          auth.SignatureScheme
		headers         []string
		kind, id        string
	}{
		{"github", secret, `{"ref":"main"}`, events.GitHub, auth.GitHubSignature(), []string{"X-GitHub-Event", "push", "X-GitHub-Delivery", "d1"}, "push", "d1"},
		{"stripe", secret, `{"id":"evt_9","type":"push"}`, events.Stripe, auth.StripeSignature(), nil, "push", "evt_9"},
		{"shopify", secret, `{"id":1}`, events.Shopify, auth.ShopifySignature(), []string{"X-Shopify-Topic", "push", "X-Shopify-Event-Id", "e1"}, "push", "push/e1"},
		{"standard-webhooks", weekKey, `{"type":"push"}`, events.StandardWebhooks, auth.StandardWebhooksSignature(), nil, "push", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			source := must(t)(tt.source(events.SenderConfig{Secrets: auth.FixedSecrets(tt.key)}))
			s := newSite(t, events.Config{Sources: []events.Source{source}, Handlers: map[string]events.HandlerFunc{"push": nothing}})
			sign := signer(t, tt.scheme, tt.key)
			send := func() answer {
				return s.post(t, source.Paths[0], tt.body, func(r *http.Request) { headers(tt.headers...)(r); sign(r, tt.body) })
			}
			if a := send(); a.status != http.StatusOK {
				t.Fatalf("%d %s: %s", a.status, a.body, s.logs.text())
			}
			jobs := s.tray.taken()
			if len(jobs) != 1 || jobs[0].Type != tt.kind || tt.id != "" && jobs[0].ID != tt.id || string(jobs[0].Payload) != tt.body {
				t.Errorf("jobs %+v", jobs)
			}
			if tt.id == "" && !strings.HasPrefix(jobs[0].ID, "msg_") {
				t.Errorf("id %q is not the signed one", jobs[0].ID)
			}
			wrong := signer(t, tt.scheme, strings.Replace(tt.key, "0", "1", 1))
			if tt.name == "standard-webhooks" {
				wrong = signer(t, tt.scheme, "whsec_"+base64.StdEncoding.EncodeToString([]byte("1123456789abcdef")))
			}
			a := s.post(t, source.Paths[0], tt.body, func(r *http.Request) { headers(tt.headers...)(r); wrong(r, tt.body) })
			if a.status != http.StatusUnauthorized || len(s.tray.taken()) != 1 {
				t.Errorf("another key: %d, %d jobs", a.status, len(s.tray.taken()))
			}
		})
	}
}

// Rows 217 of the constructors of signatures: no preset starts without a
// secret, or with one that is none.
func TestUnsetSecretsStopTheStart(t *testing.T) {
	t.Parallel()
	for name, secrets := range map[string]auth.SecretSource{
		"none": nil, "empty": auth.FixedSecrets(""), "no values": auth.FixedSecrets(), "blank": auth.FixedSecrets("                    "),
		"short": auth.FixedSecrets("hush"), "one byte repeated": auth.FixedSecrets(strings.Repeat("a", 32)),
		"the second is empty": auth.FixedSecrets(secret, ""),
	} {
		sender := events.SenderConfig{Secrets: secrets}
		starts := map[string]func() (events.Source, error){
			"github":            func() (events.Source, error) { return events.GitHub(sender) },
			"stripe":            func() (events.Source, error) { return events.Stripe(sender) },
			"shopify":           func() (events.Source, error) { return events.Shopify(sender) },
			"standard-webhooks": func() (events.Source, error) { return events.StandardWebhooks(sender) },
			"chat":              func() (events.Source, error) { return events.ChatPlatform(events.ChatConfig{Secrets: secrets}) },
			"trigger": func() (events.Source, error) {
				return events.WorkflowTrigger(events.TriggerConfig{Name: "t", Path: "/t", Credentials: secrets})
			},
			"worker's header": func() (events.Source, error) {
				return events.WorkerEvents(events.WorkerConfig{SecretHeader: "X-Secret", SecretKey: secrets})
			},
			"worker's signature": func() (events.Source, error) {
				return events.WorkerEvents(events.WorkerConfig{Signatures: map[string]events.WorkerSignature{"github": {Algorithm: "sha256", Secret: secrets}}})
			},
		}
		for preset, start := range starts {
			if _, err := start(); err == nil {
				t.Errorf("%s starts with the secret %q", preset, name)
			} else if strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error %q shows a secret", preset, err)
			}
		}
	}
	if _, err := events.WorkerEvents(events.WorkerConfig{}); err == nil {
		t.Error("worker events start without any verification")
	}
	if _, err := events.NewReceiver(events.Config{Sources: []events.Source{{Name: "a", Paths: []string{"/a"}}}}); err == nil || !strings.Contains(err.Error(), "sources[0].verify") {
		t.Errorf("a source without verification: %v", err)
	}
}
