package refusal

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// maxBody bounds the body of a refusal, and maxField one field of its log
// record, in bytes.
const (
	maxBody  = 1 << 10
	maxField = 1 << 10
)

// known lists the statuses that a Dialogflow route may refuse with.
var known = []int{400, 401, 403, 404, 500, 503}

// Want is what a test expects of one refusal.
type Want struct {
	Status int
	// Reason is the machine-readable word of the log record.
	Reason string
	// Challenge is the whole WWW-Authenticate header; empty means none.
	Challenge string
	// Canaries are pieces of this request that must not be repeated, beside
	// its header values, which are always looked for.
	Canaries []string
	// AnyChallenge leaves the WWW-Authenticate header unchecked.
	AnyChallenge bool
}

// Refused sends the request made by edit and asserts everything that holds
// for refusals. It returns the response, whose body is read and closed.
func (s *Site) Refused(tb testing.TB, want Want, edit func(*http.Request)) *http.Response {
	tb.Helper()
	s.state()
	r := s.Request(tb, edit)
	canaries := append(headerCanaries(r), s.statics...)
	canaries = append(canaries, want.Canaries...)
	resp, body := s.do(tb, s.Client(tb), r)
	s.Check(tb, want, resp, body, canaries)
	if s.good != nil {
		s.Accepted(tb, s.good)
	}
	return resp
}

// Check asserts what holds for a refusal that a test received by itself since
// the last use of the site. None of the canaries may be repeated.
func (s *Site) Check(tb testing.TB, want Want, resp *http.Response, body []byte, canaries []string) {
	tb.Helper()
	calls, logs := s.state()
	if calls != 0 {
		tb.Errorf("the handler was called %d times by a refused request", calls)
	}
	if resp.StatusCode != want.Status {
		tb.Errorf("status = %d, want %d; body %s; log %s", resp.StatusCode, want.Status, body, logs)
	}
	if !slices.Contains(known, resp.StatusCode) {
		tb.Errorf("status = %d, want one of %v", resp.StatusCode, known)
	}
	challenges := resp.Header.Values("WWW-Authenticate")
	if got := strings.Join(challenges, ", "); got != want.Challenge && !want.AnyChallenge {
		tb.Errorf("WWW-Authenticate = %q, want %q", got, want.Challenge)
	}
	checkBody(tb, resp, body, canaries)
	checkLog(tb, want, resp, logs, canaries)
}

func checkBody(tb testing.TB, resp *http.Response, body []byte, canaries []string) {
	tb.Helper()
	if ct := resp.Header.Get("Content-Type"); ct != "application/json" {
		tb.Errorf("Content-Type = %q, want application/json", ct)
	}
	if len(body) > maxBody {
		tb.Errorf("body is %d bytes, want at most %d", len(body), maxBody)
	}
	var shape struct {
		Error *struct {
			Status  int    `json:"status"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if err := json.Unmarshal(body, &shape); err != nil || shape.Error == nil ||
		shape.Error.Status != resp.StatusCode || shape.Error.Message == "" {
		tb.Errorf("body = %q, want the fixed error shape with status %d", body, resp.StatusCode)
	}
	for _, leak := range []string{"auth:", "jose", "crypto/", ".go", "github.com", "json:"} {
		if strings.Contains(string(body), leak) {
			tb.Errorf("body = %q holds %q", body, leak)
		}
	}
	noCanary(tb, "the body", string(body), canaries)
}

func checkLog(tb testing.TB, want Want, resp *http.Response, logs string, canaries []string) {
	tb.Helper()
	records := strings.Split(strings.TrimSuffix(logs, "\n"), "\n")
	if logs == "" || len(records) != 1 {
		tb.Errorf("a refusal left %d log records, want one: %q", strings.Count(logs, "\n"), logs)
		return
	}
	var record map[string]any
	if err := json.Unmarshal([]byte(records[0]), &record); err != nil {
		tb.Errorf("log record %q: %v", records[0], err)
		return
	}
	if got := record["reason"]; got != want.Reason {
		tb.Errorf("logged reason = %v, want %q (record %s)", got, want.Reason, records[0])
	}
	if id := record["request_id"]; id == nil || id == "" || id != resp.Header.Get("X-Request-Id") {
		tb.Errorf("logged request_id = %v, response says %q", id, resp.Header.Get("X-Request-Id"))
	}
	for name, value := range record {
		if text, ok := value.(string); ok && len(text) > maxField {
			tb.Errorf("log field %q is %d bytes, want at most %d", name, len(text), maxField)
		}
	}
	noCanary(tb, "the log", logs, canaries)
	for _, c := range resp.Header {
		noCanary(tb, "a response header", strings.Join(c, " "), canaries)
	}
}

func noCanary(tb testing.TB, where, text string, canaries []string) {
	tb.Helper()
	for _, c := range canaries {
		if len(c) >= minCanary && strings.Contains(text, c) {
			tb.Errorf("%s repeats %.60q of the request or the configuration", where, c)
		}
	}
}

// headerCanaries returns the header values of r whole and in the pieces that
// credentials are made of.
func headerCanaries(r *http.Request) []string {
	var out []string
	for name, values := range r.Header {
		if name == "Content-Type" {
			continue
		}
		for _, v := range values {
			out = append(out, v)
			out = append(out, strings.FieldsFunc(v, func(c rune) bool { return strings.ContainsRune(" ,;.\"", c) })...)
		}
	}
	return out
}
