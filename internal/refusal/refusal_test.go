package refusal_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/internal/httpio"
	"github.com/cxhook/cxhook/internal/refusal"
)

// recorder is a testing.TB that keeps what it is told instead of failing.
type recorder struct {
	testing.TB
	said []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

// answer is one way to refuse.
type answer struct {
	status  int
	body    string
	kind    string
	id      string
	records int
	reason  string
	extra   string // logged besides
	pass    bool
}

func good() answer {
	return answer{status: 401, body: string(httpio.ErrorBody(401, "no")), kind: "application/json", id: "id-1", records: 1, reason: "no_credential"}
}

// TestEachAssertionNotices refuses in ways of which each breaks one rule.
func TestEachAssertionNotices(t *testing.T) {
	t.Parallel()
	const canary = "canary-0123456789"
	tests := []struct {
		name   string
		change func(*answer)
		says   string // "" for nothing
	}{
		{"good", func(*answer) {}, ""},
		{"handler called", func(a *answer) { a.pass = true }, "the handler was called 1 times"},
		{"other status", func(a *answer) { a.status, a.body = 403, string(httpio.ErrorBody(403, "no")) }, "status = 403, want 401"},
		{"status that Dialogflow does not know", func(a *answer) { a.status, a.body = 418, string(httpio.ErrorBody(418, "no")) }, "want one of"},
		{"other type", func(a *answer) { a.kind = "text/plain" }, "Content-Type"},
		{"long body", func(a *answer) { a.body = strings.Replace(a.body, "no", strings.Repeat("n", 2000), 1) }, "want at most 1024"},
		{"other shape", func(a *answer) { a.body = `{"message":"no"}` }, "fixed error shape"},
		{"Go error in the body", func(a *answer) { a.body = strings.Replace(a.body, "no", "auth: no", 1) }, `holds "auth:"`},
		{"secret in the body", func(a *answer) { a.body = strings.Replace(a.body, "no", canary, 1) }, "the body repeats"},
		{"no log record", func(a *answer) { a.records = 0 }, "0 log records"},
		{"two log records", func(a *answer) { a.records = 2 }, "2 log records"},
		{"other reason", func(a *answer) { a.reason = "other" }, "logged reason"},
		{"no id", func(a *answer) { a.id = "" }, "logged request_id"},
		{"secret in the log", func(a *answer) { a.extra = "x" + canary }, "the log repeats"},
		{"long log field", func(a *answer) { a.extra = strings.Repeat("x", 2000) }, "log field"},
		{"secret in a header", func(a *answer) { a.kind = "application/json; x=" + canary }, "a response header repeats"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := good()
			tt.change(&a)
			site := refusal.New(t, refusal.Config{Guard: a.guard})
			r := &recorder{TB: t}
			site.Refused(r, refusal.Want{Status: 401, Reason: "no_credential"}, func(r *http.Request) {
				r.Header.Set("Authorization", "Bearer "+canary)
			})
			said := strings.Join(r.said, "\n")
			if tt.says == "" && said != "" || !strings.Contains(said, tt.says) {
				t.Errorf("said %q, want %q", said, tt.says)
			}
		})
	}
}

func (a answer) guard(l *slog.Logger) refusal.Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if a.pass {
				next.ServeHTTP(discard{}, r)
			}
			for range a.records {
				l.Warn("request refused", "reason", a.reason, "request_id", a.id, "extra", a.extra)
			}
			w.Header().Set("Content-Type", a.kind)
			w.Header().Set("X-Request-Id", a.id)
			w.WriteHeader(a.status)
			_, _ = io.WriteString(w, a.body)
		})
	}
}

// discard is a response that goes nowhere.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}
