package cxtest_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cxhook/cxhook/cx/cxtest"
)

func TestReplay(t *testing.T) {
	t.Parallel()
	cxtest.Replay(t, cxtest.Dir("testdata"), "*.txtar", newService())
}

// What was recorded replays, removed parameters and all.
func TestRecordedExchangesReplay(t *testing.T) {
	t.Parallel()
	url, dir := recording(t, newService().ServeHTTP, cxtest.RemoveParams("order-id"))
	for _, body := range []string{
		`{"fulfillmentInfo":{"tag":"order-status"},"sessionInfo":{"parameters":{"order-id":17,"x":"order 17"}}}`,
		`{"fulfillmentInfo":{"tag":"order-status"}}`,
		`{"fulfillmentInfo":{"tag":"choose-size"}}`,
		`{"fulfillmentInfo":{"tag":"unknown"}}`,
	} {
		send(t, "POST", url+"/webhook", "application/json", body)
	}
	send(t, "GET", url+"/webhook", "", "")
	if n := len(archives(t, dir)); n != 5 {
		t.Fatalf("%d archives, want 5", n)
	}
	cxtest.Replay(t, os.DirFS(dir), "*.txtar", newService())
}

// failing runs TestReplayOf in a process of its own.
func failing(t *testing.T, scenario, folder string, env ...string) (output string, ok bool) {
	t.Helper()
	return process(t, "TestReplayOf", append(env, "CXTEST_SCENARIO="+scenario, "CXTEST_FOLDER="+folder)...)
}

// process runs a test in a process of its own, because a failed subtest fails
// its parent.
func process(t *testing.T, name string, env ...string) (output string, ok bool) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, "-test.run=^"+name+"$", "-test.v")
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// TestReplayOf is not a test of its own: it is what failing runs.
func TestReplayOf(t *testing.T) {
	answer := func(status int, body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-Key", r.Header.Get("X-Key"))
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
	}
	fsys := cxtest.Dir(os.Getenv("CXTEST_FOLDER"))
	switch os.Getenv("CXTEST_SCENARIO") {
	case "":
		return // TestReplayReports has not started this process
	case "same":
		cxtest.Replay(t, fsys, "*.txtar", answer(200, `{ "fulfillment_response":{}, "payload":{"n":1.0}}`), cxtest.SetHeader("x-key", "k"))
	case "status":
		cxtest.Replay(t, fsys, "*.txtar", answer(500, `{"payload":{"n":1},"fulfillmentResponse":{}}`))
	case "header":
		cxtest.Replay(t, fsys, "*.txtar", answer(200, `{"payload":{"n":1},"fulfillmentResponse":{}}`), cxtest.SetHeader("X-Key", "other"))
	case "body":
		cxtest.Replay(t, fsys, "*.txtar", answer(200, `{"payload":{"n":2},"fulfillmentResponse":{}}`), cxtest.SetHeader("X-Key", "k"))
	case "no message":
		cxtest.Replay(t, fsys, "*.txtar", answer(200, `{"payload":{"n":1},"unknown":1}`), cxtest.SetHeader("X-Key", "k"))
	case "panic":
		cxtest.Replay(t, fsys, "*.txtar", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("broken") }))
	case "nothing matches":
		cxtest.Replay(t, fsys, "*.json", answer(200, `{}`))
	case "missing folder":
		cxtest.Replay(t, cxtest.Dir(filepath.Join(os.Getenv("CXTEST_FOLDER"), "absent")), "*.txtar", answer(200, `{}`), nil)
	case "missing DirFS":
		cxtest.Replay(t, os.DirFS(filepath.Join(os.Getenv("CXTEST_FOLDER"), "absent")), "*.txtar", answer(200, `{}`))
	case "read-only":
		cxtest.Replay(t, os.DirFS(os.Getenv("CXTEST_FOLDER")), "*.txtar", answer(201, `{}`))
	}
}

const replayed = `a comment
-- request --
POST /webhook HTTP/1.1
-- request.json --
{"fulfillmentInfo":{"tag":"t"}}
-- response --
HTTP/1.1 200 OK
X-Key: k
-- response.json --
{"payload":{"n":1},"fulfillmentResponse":{}}
`

const requestAlone = "-- request --\nPOST /webhook HTTP/1.1\n-- request.json --\n{\"fulfillmentInfo\":{\"tag\":\"t\"}}\n"

func TestReplayReports(t *testing.T) {
	t.Parallel()
	const update = cxtest.UpdateVariable + "=1"
	tests := []struct {
		name     string
		scenario string
		env      string
		ok       bool
		output   []string
		archive  []string // parts of it afterwards; none for unchanged
		before   string   // the archive, if it is not the usual one
	}{
		{"equal by meaning", "same", "", true, []string{"--- PASS: TestReplayOf/exchange"}, nil, ""},
		{"equal is not updated", "same", update, true, nil, nil, ""},
		{"status", "status", "", false, []string{"exchange.txtar: the answer differs", "status 500, want 200", "header X-Key", cxtest.UpdateVariable}, nil, ""},
		{"header", "header", "", false, []string{"header X-Key", "other"}, nil, ""},
		{"body", "body", "", false, []string{"body (-want +got)", "number_value"}, nil, ""},
		{"answer that is no message", "no message", "", false, []string{"not a WebhookResponse", "unknown"}, nil, ""},
		{"panic", "panic", "", false, []string{"EOF"}, nil, ""},
		{"nothing matches", "nothing matches", "", false, []string{`no archive matches "*.json" in "`}, nil, ""},
		{"update of a body", "body", update, true, []string{"was updated"}, []string{"a comment\n", "X-Key: k\n", "\"n\": 2\n"}, ""},
		{"update of a status", "status", update, true, nil, []string{"HTTP/1.1 500 Internal Server Error\n"}, ""},
		{"update of what is read-only", "read-only", update, false, []string{"cxtest.Dir"}, nil, ""},
		{"another value updates nothing", "body", cxtest.UpdateVariable + "=0", false, nil, nil, ""},
		{"a folder that is missing", "missing folder", "", false, []string{`no archive matches "*.txtar" in "`, `absent": the folder cannot be read: no such file`}, nil, ""},
		{"a missing folder of os.DirFS", "missing DirFS", "", false, []string{`absent": the folder cannot be read: no such file`}, nil, ""},
		{"an archive that is none", "same", "", false, []string{`exchange.txtar: cxtest: part "request"`}, nil, "-- request --\nx\n"},
		{"a request alone", "body", "", false, []string{`exchange.txtar: the archive has no part "response"; ` + update + " writes"}, nil, requestAlone},
		{"a request alone, filled in", "body", update, true, []string{"exchange.txtar: the answer was updated"},
			[]string{requestAlone + "-- response --\nHTTP/1.1 200 OK\nContent-Type: application/json\n-- response.json --\n", "\"n\": 2\n"}, requestAlone},
		{"a request alone, read-only", "read-only", update, false, []string{"cxtest.Dir"}, nil, requestAlone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "exchange.txtar")
			before := cmp.Or(tt.before, replayed)
			if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
			out, ok := failing(t, tt.scenario, filepath.Dir(file), tt.env)
			if strings.Contains(out, " replay.go:") || !ok && !strings.Contains(out, " replay_test.go:") {
				t.Errorf("the report does not point to the test:\n%s", out)
			}
			if ok != tt.ok {
				t.Errorf("passed %v, want %v:\n%s", ok, tt.ok, out)
			}
			for _, part := range tt.output {
				if !strings.Contains(out, part) {
					t.Errorf("the report lacks %q:\n%s", part, out)
				}
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if len(tt.archive) == 0 && string(data) != before {
				t.Errorf("the archive was changed:\n%s", data)
			}
			for _, part := range tt.archive {
				if !strings.Contains(string(data), part) {
					t.Errorf("the archive lacks %q:\n%s", part, data)
				}
			}
		})
	}
}

func TestReplayComparesAsTold(t *testing.T) {
	t.Parallel()
	n := 0
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"id":%d,"host":%q}`, n, r.Host)
	})
	fsys := fstest.MapFS{"a.txtar": {Data: []byte("-- request --\nGET /x HTTP/1.1\nHost: shop.example.com\n-- response --\nHTTP/1.1 200 OK\n-- response.json --\n{\"id\":7,\"host\":\"shop.example.com\"}\n")}}
	ignore := cmpopts.IgnoreMapEntries(func(k string, _ any) bool { return k == "id" })
	cxtest.Replay(t, fsys, "*.txtar", h, cxtest.CompareWith(ignore))
}

// A request is sent as the archive has it, through a real server.
func TestReplaySendsTheRequest(t *testing.T) {
	t.Parallel()
	var seen string
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		seen = fmt.Sprintf("%s %s %s %v %s", r.Method, r.Host, r.RequestURI, r.Header["X-Many"], b)
		if context.Cause(r.Context()) != nil {
			t.Error("the context is over")
		}
	})
	fsys := fstest.MapFS{"a.txtar": {Data: []byte("-- request --\nDELETE /a%2Fb?c HTTP/1.1\nHost: h\nX-Many: 1\nX-Many: 2\n-- request.txt --\nplain\n-- response --\nHTTP/1.1 200 OK\n")}}
	cxtest.Replay(t, fsys, "*", h)
	if want := "DELETE h /a%2Fb?c [1 2] plain"; seen != want {
		t.Errorf("the handler saw %q, want %q", seen, want)
	}
}
