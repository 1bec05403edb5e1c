package events_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/flexible/events"
)

const seedYAML = `
events-webhook:
  enabled: true
  public_base_url: https://hooks.example.com
  secret_header: X-Hook-Secret
  secret_key: ` + secret + `
  signatures:
    github: {header: X-Hub-Signature-256, algorithm: sha256, secret: ` + githubSecret + `}
    stripe:
      header: Stripe-Signature
      algorithm: stripe
      secret: ` + stripeSecret + `
`

func TestSeedReadsTheSameInJSONAndYAML(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"seed.json": seedJSON, "seed.yaml": seedYAML, "tabs.json": strings.ReplaceAll(seedJSON, " ", "\n\t")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, err := events.ReadConfig(t.Context(), name, []byte(text), events.FileOptions{})
			if err != nil {
				t.Fatal(err)
			}
			cfg.Handlers = map[string]events.HandlerFunc{"push": nothing}
			s := newSite(t, cfg)
			want := []events.URL{
				{Source: "worker", URL: "https://hooks.example.com/events/webhook/{tenant}/{event_type}"},
				{Source: "worker", URL: "https://hooks.example.com/v1/events/ingress/{provider}/{tenant}/{event_type}/{rest}"},
			}
			if diff := cmp.Diff(want, s.receiver.URLs()); diff != "" {
				t.Errorf("urls (-want +got):\n%s", diff)
			}
			if a := s.post(t, "/events/webhook/acme/push", `{}`, headers("X-Hook-Secret", secret)); a.status != 200 {
				t.Errorf("secret header: %d %s", a.status, a.body)
			}
			if a := s.post(t, "/events/webhook/acme/push", `{"a":1}`, signed(signer(t, auth.StripeSignature(), stripeSecret), `{"a":1}`)); a.status != 200 {
				t.Errorf("stripe: %d %s", a.status, a.body)
			}
		})
	}
}

// mistakes returns the errors of err as "line: path".
func places(err error) []string {
	var list []string
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return []string{fmt.Sprint(err)}
	}
	for _, e := range joined.Unwrap() {
		var c *events.ConfigError
		if !errors.As(e, &c) {
			list = append(list, e.Error())
			continue
		}
		list = append(list, fmt.Sprintf("%d %s", c.Line, c.Path))
	}
	slices.Sort(list)
	return list
}

// All mistakes of a file are told at once, each with its line.
func TestEveryMistakeHasItsLine(t *testing.T) {
	t.Parallel()
	const file = `public_base_url: [a]
rate:
  per_second: fast
  burst: 1.5
  burst: 2
events-webhook:
  enabld: true
  secret_header: X
  secret_key: {env: CXHOOK_TEST_UNSET}
  signatures:
    github: {algorithm: sha256, secret: {env: A, file: B}}
  reply: {status: "200", headers: {X-A: 1}}
workflow-triggers:
  - name: a
    verify: nothing
    run_limit: soon
    picks:
      - {from: body, path: a}
      - {from: cookie, path: a}
      - a
chat-platform: null
senders: {preset: github}
`
	_, err := events.ReadConfig(t.Context(), "hooks.yaml", []byte(file), events.FileOptions{})
	want := []string{
		"1 public_base_url", "11 sources[0].signatures.github.secret", "12 sources[0].reply.headers.X-A", "12 sources[0].reply.status",
		"14 sources[1]", "15 sources[1].verify", "16 sources[1].run_limit", "19 sources[1].picks[1].from", "20 sources[1].picks[2]",
		"21 sources[2]", "22 senders", "3 rate.per_second", "4 rate.burst", "5 rate.burst", "7 sources[0]", "9 sources[0].secret_key",
	}
	if diff := cmp.Diff(want, places(err)); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s\n%v", diff, err)
	}
	if !strings.HasPrefix(err.Error(), "hooks.yaml:") {
		t.Errorf("error %v does not begin with file and line", err)
	}
}

// What a constructor or the receiver finds has its line too.
func TestMistakesOfMeaningHaveTheirLines(t *testing.T) {
	t.Parallel()
	const file = `public_base_url: ftp://x
events-webhook:
  secret_header: X
  secret_key: short
  signatures:
    github:
      algorithm: md5
      secret: ` + secret + `
chat-platform:
  secret: ` + secret + `
  path: webhook
  max_bytes: 99999999999
  type: event.kind
  id: now()
  flows:
    - triggers: [a]
      branches:
        - when: headers['X-A'] == 1
          handler: nobody
        - {when: event.payload.a == 1, handler: ship, ignore: true}
    - default: {handler: ship, payload: "{{"}
senders:
  - preset: github
    secret: ` + secret + `
    flows: [{default: {run: nothing}}]
`
	_, err := events.ReadConfig(t.Context(), "hooks.yaml", []byte(file), events.FileOptions{})
	want := []string{
		"1 public_base_url", "11 sources[1].paths[0]", "12 sources[1].max_bytes", "13 sources[1].type", "14 sources[1].id", "16 sources[1].flows[0]",
		"18 sources[1].flows[0].branches[0].when", "20 sources[1].flows[0].branches[1]",
		"21 sources[1].flows[1].default.payload", "4 sources[0].secret_key", "6 sources[0].signatures.github",
	}
	if diff := cmp.Diff(want, places(err)); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s\n%v", diff, err)
	}
	if strings.Contains(fmt.Sprint(err), secret) {
		t.Errorf("a secret shows in %v", err)
	}
}

// What a file cannot know is told by NewReceiver, with the same lines.
func TestNamesOfAFileHaveTheirLines(t *testing.T) {
	t.Parallel()
	const file = `workflow-triggers:
  - {name: a, path: /a, verify: none, handler: ship}
  - name: b
    path: /b
    verify: none
    handler: nobody
  - name: c
    path: /c
    verify: none
    id: event.payload.id
    run: nothing
`
	cfg, err := events.ReadConfig(t.Context(), "hooks.yaml", []byte(file), events.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Handlers = map[string]events.HandlerFunc{"ship": nothing}
	_, err = events.NewReceiver(cfg)
	want := []string{"10 sources[2].id", "11 sources[2].flows[0].default.run", "2 sources[0].flows[0].default.handler", "6 sources[1].flows[0].default.handler", "6 sources[1].flows[0].default.handler"}
	if diff := cmp.Diff(want, places(err)); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s\n%v", diff, err)
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty": "", "blank": " \n", "a list": "- a", "a text": "a", "torn YAML": "a: [", "torn JSON": `{"events-webhook": {`, "JSON that goes on": `{} {}`,
		"an unknown section": "webhooks: {}", "no section": "public_base_url: https://x.example", "torn YAML behind a document": seedYAML + "---\n{", "two documents": seedYAML + "---\na: 1\n",
		"an anchor": "chat-platform: &a {secret: " + secret + "}\n", "an alias": "a: &a 1\nb: *a", "a merge": "chat-platform: {<<: {secret: x}}",
		"billions of laughs": "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]", "a key twice in JSON": strings.Replace(seedJSON, `{"enabled"`, `{"enabled": true, "enabled"`, 1),
		"too large": strings.Repeat("#", events.MaxConfigBytes+1), "a tag": "chat-platform: {secret: !!binary aGFsbG8=}", "number as a key": "chat-platform: {1: x}",
	} {
		_, err := events.ReadConfig(t.Context(), "f", []byte(text), events.FileOptions{})
		var c *events.ConfigError
		if !errors.As(err, &c) || c.Line < 1 || c.File != "f" {
			t.Errorf("%s: %v, want mistakes with lines", name, err)
		}
	}
}

func TestSecretsOfAFile(t *testing.T) { // not parallel: it sets the environment
	t.Setenv("CXHOOK_TEST_SECRET", secret)
	t.Setenv("CXHOOK_TEST_OLD", "an-older-secret-of-length")
	t.Setenv("CXHOOK_TEST_EMPTY", "")
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	opts := events.FileOptions{SecretKinds: map[string]events.SecretKind{
		"vault": func(_ context.Context, name string) (auth.SecretSource, error) {
			if name != "hooks/chat" {
				return nil, errors.New("no such secret")
			}
			return auth.FixedSecrets(secret), nil
		},
	}}
	for text, works := range map[string]bool{
		secret: true,
		"[new-secret-of-good-length, " + secret + "]":              true,
		"{env: CXHOOK_TEST_SECRET}":                                true,
		"{env: CXHOOK_TEST_OLD, previous_env: CXHOOK_TEST_SECRET}": true,
		"{file: " + path + "}":                                     true,
		"{vault: hooks/chat}":                                      true,
		`""`:                                                       false,
		"null":                                                     false,
		"[]":                                                       false,
		"12345678901234567890":                                     false, // a number loses its digits
		"{env: CXHOOK_TEST_UNSET}":                                 false,
		"{env: CXHOOK_TEST_EMPTY}":                                 false,
		"{previous_env: CXHOOK_TEST_SECRET}":                       false,
		"{file: " + path + ".missing}":                             false,
		"{vault: other}":                                           false,
		"{aws: x}":                                                 false,
		"{}":                                                       false,
		"tooshort":                                                 false,
	} {
		cfg, err := events.ReadConfig(ctx, "f", []byte("chat-platform:\n  secret: "+text+"\n"), opts)
		if (err == nil) != works {
			t.Errorf("%s: %v", text, err)
		}
		if err != nil {
			var c *events.ConfigError
			if !errors.As(err, &c) || c.Line != 2 {
				t.Errorf("%s: %v, want a mistake in line 2", text, err)
			}
			continue
		}
		cfg.Handlers = map[string]events.HandlerFunc{"a": nothing}
		s := newSite(t, cfg)
		if a := s.post(t, "/webhook", `{"event":"a"}`, headers("Authorization", secret)); a.status != 200 {
			t.Errorf("%s: %d", text, a.status)
		}
	}
}

func FuzzReadConfig(f *testing.F) {
	f.Add(seedJSON)
	f.Add(seedYAML)
	f.Add("workflow-triggers:\n- {name: a, path: /a, verify: none, handler: ship, picks: [{from: body, path: a.b}]}\n")
	f.Fuzz(func(t *testing.T, text string) {
		cfg, err := events.ReadConfig(t.Context(), "f", []byte(text), events.FileOptions{SkipSecrets: true})
		if err == nil {
			cfg.Handlers, cfg.Queue, cfg.Once, cfg.Logger = map[string]events.HandlerFunc{"ship": nothing}, &tray{}, memoryStore(t), slog.New(slog.DiscardHandler)
			_, err = events.NewReceiver(cfg)
		}
		if err == nil {
			return
		}
		var c *events.ConfigError
		if !errors.As(err, &c) || c.Line < 1 {
			t.Errorf("%q: %v has no line", text, err)
		}
	})
}
