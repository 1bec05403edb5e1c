package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cxhook/cxhook/flexible/events"
)

const patience = 30 * time.Second

// start runs the whole program on a port that is free.
func start(t *testing.T) (base string, stop func() error) {
	t.Helper()
	for _, name := range append(secrets, "RECEIVER_CONFIG", "K_SERVICE", "METRICS_ADDR") {
		t.Setenv(name, "")
	}
	t.Setenv("PORT", "0")
	ctx, cancel := context.WithCancel(context.Background())
	addr, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- run(ctx, func(a string) { addr <- a }) }()
	select {
	case a := <-addr:
		base = "http://" + a
	case err := <-ended:
		t.Fatal(err)
	}
	return base, sync.OnceValue(func() error { cancel(); return <-ended })
}

// words splits a command line as a shell does, in as far as the README uses it.
func words(t *testing.T, line string) []string {
	t.Helper()
	var list []string
	var word strings.Builder
	quoted, inWord := false, false
	for _, r := range line {
		switch {
		case r == '\'':
			quoted, inWord = !quoted, true
		case r == ' ' && !quoted:
			if inWord {
				list = append(list, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if quoted {
		t.Fatalf("a quote is open in %s", line)
	}
	if inWord {
		list = append(list, word.String())
	}
	return list
}

// request makes the request of a curl line.
func request(t *testing.T, base, line string) *http.Request {
	t.Helper()
	method, url, body := http.MethodGet, "", ""
	header := make(http.Header)
	user := ""
	args := words(t, line)[1:]
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "-H":
			i++
			name, value, _ := strings.Cut(args[i], ": ")
			header.Set(name, value)
		case "-d":
			i++
			method, body = http.MethodPost, args[i]
		case "-u":
			i++
			user = args[i]
		case "-g": // brackets of the URL are no patterns
		default:
			if strings.HasPrefix(args[i], "-") || url != "" {
				t.Fatalf("argument %q of %s", args[i], line)
			}
			url = args[i]
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), method, strings.Replace(url, "http://127.0.0.1:8080", base, 1), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost && header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/x-www-form-urlencoded") // as curl does
	}
	r.Header = header
	if user != "" {
		name, password, _ := strings.Cut(user, ":")
		r.SetBasicAuth(name, password)
	}
	return r
}

func send(t *testing.T, r *http.Request) string {
	t.Helper()
	c := &http.Client{Timeout: patience}
	defer c.CloseIdleConnections()
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d %s", resp.StatusCode, body)
}

// readmeLines returns the curl lines about events with their answers.
func readmeLines(t *testing.T) (lines, answers []string) {
	t.Helper()
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(data), "## Events of other systems")
	section, _, _ = strings.Cut(section, "\n## ")
	if !found {
		t.Fatal("README has no section about events")
	}
	for line := range strings.Lines(strings.ReplaceAll(section, "\\\n", "")) {
		if command, answer, ok := strings.Cut(strings.TrimSpace(line), "  # "); ok && strings.HasPrefix(command, "curl ") {
			lines, answers = append(lines, command), append(answers, answer)
		}
	}
	if len(lines) < 5 {
		t.Fatalf("README has %d curl lines about events", len(lines))
	}
	return lines, answers
}

func TestREADME(t *testing.T) { // not parallel: it sets the environment
	base, stop := start(t)
	lines, answers := readmeLines(t)
	for i, line := range lines {
		r := request(t, base, line)
		got := send(t, r)
		for deadline := time.Now().Add(patience); strings.HasSuffix(r.URL.Path, "/health") && got != answers[i] && time.Now().Before(deadline); {
			got = send(t, request(t, base, line)) // the work goes on behind the answers
		}
		if got != answers[i] {
			t.Errorf("%s\nanswers %s\nREADME  %s", line, got, answers[i])
		}
	}
	if err := stop(); err != nil {
		t.Errorf("the end: %v", err)
	}
}

// What the lines show is guarded: without its credential each is refused.
func TestCredentialsAreNeeded(t *testing.T) {
	base, stop := start(t)
	defer func() { _ = stop() }()
	lines, _ := readmeLines(t)
	for _, line := range lines {
		r := request(t, base, line)
		if r.Method == http.MethodGet {
			continue
		}
		for _, name := range []string{"Authorization", "X-Hook-Secret", "X-Hub-Signature-256"} {
			r.Header.Del(name)
		}
		if got := send(t, r); !strings.HasPrefix(got, "401 ") {
			t.Errorf("%s\nwithout its credential: %s", line, got)
		}
	}
}

// An event that comes again is answered the same, and counted once.
func TestRepeatedEvent(t *testing.T) {
	base, stop := start(t)
	const line = `curl http://127.0.0.1:8080/webhook -H 'Authorization: trial-chat_secret' -d '{"event":"channel.message_in","message":{"id":"m7"}}'`
	for range 3 {
		if got := send(t, request(t, base, line)); got != "200 OK" {
			t.Fatal(got)
		}
	}
	const want = `200 {"processed_events":1,"status":"healthy"}`
	got := ""
	for deadline := time.Now().Add(patience); got != want && time.Now().Before(deadline); {
		got = send(t, request(t, base, "curl http://127.0.0.1:8080/health"))
	}
	if got != want {
		t.Errorf("health %s, want %s", got, want)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// An event of a device that names none is worked on like any other.
func TestDeviceEventWithoutADevice(t *testing.T) {
	d := events.Delivery{Job: events.Job{ID: "1", Payload: []byte(`{"event":"device.connected"}`)}, Attempt: 1}
	if err := (&work{}).handlers()[events.ChatDeviceConnected](t.Context(), d); err != nil {
		t.Error(err)
	}
}

func TestCloudRunNeedsSecrets(t *testing.T) {
	for _, name := range append(secrets, "RECEIVER_CONFIG") {
		t.Setenv(name, "")
	}
	t.Setenv("K_SERVICE", "receiver")
	if err := run(t.Context(), func(string) { t.Error("it serves") }); err == nil || !strings.Contains(err.Error(), "WORKER_SECRET") {
		t.Errorf("error %v", err)
	}
}
