package cxtest_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/cx/cxtest"
)

// TestPlainReplayOf is not a test of its own: TestReplayTellsAnswersApart runs it.
func TestPlainReplayOf(t *testing.T) {
	answer, ok := os.LookupEnv("CXTEST_ANSWER")
	if !ok {
		return // TestReplayTellsAnswersApart has not started this process
	}
	if answer == "long" {
		answer = longAnswer
	}
	cxtest.Replay(t, cxtest.Dir(os.Getenv("CXTEST_FOLDER")), "*.txtar", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, answer)
	}))
}

var longAnswer = `{"payload":{"a":"` + strings.Repeat("x", 65536) + `"}}`

func TestReplayTellsAnswersApart(t *testing.T) {
	t.Parallel()
	const std = `{"fulfillmentInfo":{"tag":"x"}}`
	tests := []struct {
		name, request, want, got string
		same                     bool
	}{
		{"a number that a double rounds", `{}`, `{"id":9007199254740993}`, `{"id":9007199254740992}`, false},
		{"the same such number", `{}`, `{"id":9007199254740993}`, `{"id": 9007199254740993}`, true},
		{"a name twice", `{}`, `{"a":1}`, `{"a":2,"a":1}`, false},
		{"the same number in other words", `{}`, `{"a":[100,0.5,0,-2,1e-7]}`, `{"a":[1.0e2,5e-1,-0.0,-2.00,0.0000001]}`, true},
		{"of another sign", `{}`, `{"a":1}`, `{"a":-1}`, false},
		{"of another power", `{}`, `{"a":1}`, `{"a":10}`, false},
		{"longer than Dialogflow takes", std, longAnswer, "long", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			archive := fmt.Sprintf("-- request --\nPOST / HTTP/1.1\n-- request.json --\n%s\n-- response --\nHTTP/1.1 200 OK\n-- response.json --\n%s\n", tt.request, tt.want)
			if err := os.WriteFile(filepath.Join(dir, "a.txtar"), []byte(archive), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, ok := process(t, "TestPlainReplayOf", "CXTEST_ANSWER="+tt.got, "CXTEST_FOLDER="+dir); ok != tt.same {
				t.Errorf("passed %v, want %v:\n%.2000s", ok, tt.same, out)
			}
		})
	}
}
