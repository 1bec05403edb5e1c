package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// shop unpacks the agent with test cases and returns its folder.
func shop(t *testing.T) string {
	t.Helper()
	ar, err := txtar.ParseFile("../../emulator/testdata/cases.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range ar.Files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// command runs the command and returns how it ended and what it wrote.
func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	open := func(name string) *os.File {
		f, err := os.Create(filepath.Join(t.TempDir(), name))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	read := func(f *os.File) string {
		defer f.Close()
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	out, errs := open("out"), open("err")
	code = run(t.Context(), args, out, errs)
	return code, read(out), read(errs)
}

// webhook serves the agent's webhook on a port that is free.
func webhook(t *testing.T, price string) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var req struct{ FulfillmentInfo struct{ Tag string } }
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/json")
		if req.FulfillmentInfo.Tag == "price" {
			_, _ = io.WriteString(w, `{"sessionInfo":{"parameters":{"price":`+price+`}}}`)
			return
		}
		_, _ = io.WriteString(w, `{"fulfillmentResponse":{"messages":[{"text":{"text":["Hello from the webhook."]}}]},"sessionInfo":{"parameters":{"greeted":true}}}`)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	dir := shop(t)
	for _, c := range []struct {
		reason string
		args   []string
		code   int
		out    string // part of what it writes, to either stream
	}{
		{"all cases come out", []string{"--webhook", webhook(t, "12.5")}, 0, "2 of 2 cases as recorded, 3 of 3 turns"},
		{"one webhook by name", []string{"--webhook", "shop=" + webhook(t, "12.5")}, 0, "2 of 2 cases"},
		{"the recording stands in", []string{"--webhook", "recorded", "--match", "recorded"}, 0, "2 of 2 cases"},
		{"a case differs", []string{"--webhook", webhook(t, "13")}, exitFailed, "PARAMETERS: have price = 13, want price = 12.5"},
		{"webhooks are off, and exported addresses are not dialled", nil, exitFailed, "0 of 2 cases"},
		{"off", []string{"--webhook", "off"}, exitFailed, "0 of 2 cases"},
		{"off by name", []string{"--webhook", webhook(t, "12.5"), "--webhook", "shop=off"}, exitFailed, "0 of 2 cases"},
		{"one case", []string{"--webhook", webhook(t, "12.5"), "--case", "price"}, 0, "1 of 1 cases"},
		{"a case by its file", []string{"--webhook", webhook(t, "12.5"), "--case", "testCases/greeting.json"}, 0, "1 of 1 cases"},
		{"a name that no case has", []string{"--case", "price", "--case", "prices"}, exitUnusable, `no test case "prices"`},
		{"a name with a comma is one name", []string{"--case", "price, greeting"}, exitUnusable, `no test case "price, greeting"`},
		{"the webhook that failed", []string{"--webhook", "http://127.0.0.1:1"}, exitFailed, `webhook "shop", tag "price": webhook.error.not-found: `},
		{"no such webhook", []string{"--webhook", "bank=http://127.0.0.1:1"}, exitUnusable, `no webhook "bank"`},
		{"no URL", []string{"--webhook", "shop=nowhere"}, exitUnusable, "is no URL"},
		{"no such way to match", []string{"--match", "guess"}, exitUnusable, "--match"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := command(t, append([]string{"test", "--agent", dir}, c.args...)...)
			if code != c.code || !strings.Contains(stdout+stderr, c.out) {
				t.Errorf("exit %d, want %d; want %q in\n%s\n%s", code, c.code, c.out, stdout, stderr)
			}
		})
	}
}

func TestUnusable(t *testing.T) {
	t.Parallel()
	for reason, args := range map[string][]string{
		"no agent": {"test"}, "not there": {"test", "--agent", "no/such/agent"}, "no command": {}, "unknown": {"dance"},
	} {
		if code, _, stderr := command(t, args...); code != exitUnusable || stderr == "" {
			t.Errorf("%s: exit %d, %q", reason, code, stderr)
		}
	}
	if code, stdout, _ := command(t, "test", "--help"); code != 0 || !strings.Contains(stdout, "--webhook") {
		t.Errorf("help: exit %d, %q", code, stdout)
	}
}

func TestAgentWithoutCases(t *testing.T) {
	t.Parallel()
	dir := shop(t)
	if err := os.RemoveAll(filepath.Join(dir, "testCases")); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := command(t, "test", "--agent", dir); code != 0 || !strings.Contains(stdout, "0 of 0 cases") {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
}

// What is wrong in the agent may be why a case differs, and a turn that was not
// run is none as recorded.
func TestFaultyAgent(t *testing.T) {
	t.Parallel()
	dir := shop(t)
	if err := os.WriteFile(filepath.Join(dir, "webhooks", "shop.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, stderr := command(t, "test", "--agent", dir); !strings.Contains(stderr, "faults in the agent: ") {
		t.Errorf("without --faults: %q, want their number", stderr)
	}
	if _, _, stderr := command(t, "test", "--agent", dir, "--faults"); !strings.Contains(stderr, "webhooks/shop.json: ") {
		t.Errorf("with --faults: %q, want the file", stderr)
	}
	if err := os.RemoveAll(filepath.Join(dir, "flows")); err != nil {
		t.Fatal(err)
	}
	if code, stdout, _ := command(t, "test", "--agent", dir); code != exitFailed || !strings.Contains(stdout, "0 of 2 cases as recorded, 0 of 3 turns") {
		t.Errorf("no flow: exit %d, %q", code, stdout)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "report.json")
	if code, _, stderr := command(t, "test", "--agent", shop(t), "--webhook", webhook(t, "12.5"), "--json", file); code != 0 {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var report jsonReport
	if err := json.Unmarshal(data, &report); err != nil {
		t.Fatal(err)
	}
	for _, c := range report.Cases {
		if c.File != "testCases/greeting.json" {
			continue
		}
		turn := c.Turns[0]
		if turn.Intent != "hello" || turn.Page != "Start Page" || turn.Flow != "Start" || turn.Webhooks != 1 || turn.NeedsModel ||
			len(turn.Replies) != 2 || turn.Replies[1][0] != "Hello from the webhook." || turn.Parameters["greeted"] != true {
			t.Errorf("turn %+v", turn)
		}
		return
	}
	t.Errorf("the report lacks the case: %s", data)
}

// slowWebhook says when it is called and answers when it is told to.
func slowWebhook(t *testing.T, called, goOn chan struct{}) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		close(called)
		<-goOn
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"fulfillmentResponse":{"messages":[{"text":{"text":["late, but there"]}}]}}`)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}
