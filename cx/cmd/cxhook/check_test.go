package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/flexible/events"
)

const goodConfig = `
rate: {per_second: 20}
events-webhook:
  public_base_url: https://hooks.shop-example.com
  signatures:
    github: {algorithm: sha256, secret: 0123456789abcdef-github}
  flows:
    - triggers: [push]
      default: {handler: build}
chat-platform:
  secret: 0123456789abcdef-chat
  flows: [{default: {handler: chat}}]
workflow-triggers:
  - {name: order, path: /order, basic: "flow:0123456789abcdef", id: event.payload.id, run: price}
`

func configFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "hooks.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCheck(t *testing.T) {
	t.Parallel()
	change := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(goodConfig) }
	for _, c := range []struct {
		reason, config string
		code           int
		out            string
	}{
		{"all is there", goodConfig, 0, "passed  authentication"},
		{"what no file shows is said", goodConfig, 0, "unseen  monitoring"},
		{"plain http", change("https:", "http:"), 1, "failed  public https URL: public_base_url is not https"},
		{"no URL", change("  public_base_url: https://hooks.shop-example.com\n", ""), 1, "public_base_url is not set"},
		{"an address of this machine", change("hooks.shop-example.com", "127.0.0.1"), 1, "cannot reach"},
		{"an address of this house", change("hooks.shop-example.com", "10.1.2.3"), 1, "cannot reach"},
		{"a name of this house", change("hooks.shop-example.com", "hooks.internal"), 1, "cannot reach"},
		{"a name without a domain", change("hooks.shop-example.com", "localhost:8080"), 1, "cannot reach"},
		{"nothing verified", change(`basic: "flow:0123456789abcdef"`, "verify: none"), 1, `failed  authentication: source "order" verifies nothing`},
		{"secrets to guess", change("secret: 0123456789abcdef-chat", "secret: abc\n  allow_weak: true"), 1, `source "chat" accepts secrets that can be guessed`},
		{"no ids", change("id: event.payload.id, ", ""), 1, `failed  idempotency: source "order" has no id`},
		{"unchecked when the store is down", change("id: event.payload.id", "id: event.payload.id, store_down: take"), 1, "store_down: take"},
		{"no rate", change("rate: {per_second: 20}", ""), 1, "failed  rate limit"},
		{"a mistake", change("algorithm: sha256", "algorithm: sha1"), 1, "hooks.yaml:6: sources[0].signatures.github"},
		{"a mistake of the receiver", change("default: {handler: build}", "branches: []"), 1, "hooks.yaml:8: sources[0].flows[0]: has no default"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := command(t, "check", "--config", configFile(t, c.config))
			if code != c.code || !strings.Contains(stdout, c.out) {
				t.Errorf("exit %d, want %d; want %q in\n%s\n%s", code, c.code, c.out, stdout, stderr)
			}
			if strings.Contains(stdout+stderr, "0123456789abcdef") {
				t.Errorf("a secret shows in\n%s\n%s", stdout, stderr)
			}
		})
	}
}

func TestCheckLooksAtMetrics(t *testing.T) {
	t.Parallel()
	file := configFile(t, goodConfig)
	figures := httptest.NewServer(events.NewFigures())
	defer figures.Close()
	if code, stdout, _ := command(t, "check", "--config", file, "--metrics", figures.URL); code != 0 || !strings.Contains(stdout, "passed  monitoring") {
		t.Errorf("served: exit %d\n%s", code, stdout)
	}
	other := httptest.NewServer(nil)
	defer other.Close()
	if code, stdout, _ := command(t, "check", "--config", file, "--metrics", other.URL); code != 1 || !strings.Contains(stdout, "failed  monitoring") {
		t.Errorf("not served: exit %d\n%s", code, stdout)
	}
	// A password of the URL is in nothing that is printed.
	for _, url := range []string{
		strings.Replace(other.URL, "http://", "http://collector:canary-password@", 1),
		"http://collector:canary-password@127.0.0.1:1/metrics", "http://collector:canary-password@127.0.0.1:x/",
	} {
		if code, stdout, stderr := command(t, "check", "--config", file, "--metrics", url); code != 1 || strings.Contains(stdout+stderr, "canary-password") {
			t.Errorf("%s: exit %d\n%s%s", url, code, stdout, stderr)
		}
	}
}

func TestCheckSecretsOfTheEnvironment(t *testing.T) {
	t.Parallel()
	file := configFile(t, strings.Replace(goodConfig, "secret: 0123456789abcdef-chat", "secret: {env: CXHOOK_TEST_UNSET}", 1))
	if code, stdout, _ := command(t, "check", "--config", file); code != 1 || !strings.Contains(stdout, `hooks.yaml:11: sources[1].secret`) {
		t.Errorf("unset: exit %d\n%s", code, stdout)
	}
	if code, stdout, _ := command(t, "check", "--config", file, "--skip-secrets"); code != 0 {
		t.Errorf("skipped: exit %d\n%s", code, stdout)
	}
	if code, _, stderr := command(t, "check", "--config", file+".missing"); code != 2 || stderr == "" {
		t.Errorf("no file: exit %d, %s", code, stderr)
	}
}
