package auth_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/refusal"
)

// Secrets of the tests; none occurs by chance.
const (
	secretNew = "s3cret-new-91b7c2de4f60"
	secretOld = "s3cret-old-5ad1e8f3c742"
)

func setHeader(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[name] = values }
}

func newHeader(t *testing.T, cfg auth.HeaderConfig) *auth.Header {
	t.Helper()
	v, err := auth.NewHeader(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestHeader(t *testing.T) {
	t.Parallel()
	const name = "X-Api-Key"
	tests := []struct {
		name   string
		edit   func(*http.Request)
		reason string // "" for a pass
	}{
		{"good", setHeader(name, secretNew), ""},
		{"absent", nil, "no_credential"},
		{"last byte changed", setHeader(name, secretNew[:len(secretNew)-1]+"x"), "credential_mismatch"},
		{"first byte changed", setHeader(name, "x"+secretNew[1:]), "credential_mismatch"},
		{"one byte shorter", setHeader(name, secretNew[:len(secretNew)-1]), "credential_mismatch"},
		{"one byte longer", setHeader(name, secretNew+"0"), "credential_mismatch"},
		{"empty", setHeader(name, ""), "credential_mismatch"},
		{"name in other case", setHeader("x-API-key", secretNew), ""},
		{"value in other case", setHeader(name, strings.ToUpper(secretNew)), "credential_mismatch"},
		{"twice, both good", setHeader(name, secretNew, secretNew), "duplicate_header"},
		{"good then bad", setHeader(name, secretNew, "bad-bad-bad-bad-bad"), "duplicate_header"},
		{"bad then good", setHeader(name, "bad-bad-bad-bad-bad", secretNew), "duplicate_header"},
		{"twins of other case", func(r *http.Request) {
			r.Header["X-API-KEY"], r.Header["x-api-key"] = []string{secretNew}, []string{secretNew}
		}, "duplicate_header"},
		{"joined by a comma", setHeader(name, secretNew+", "+secretNew), "credential_mismatch"},
		{"underscores", setHeader("X_Api_Key", secretNew), "no_credential"},
		{"old value", setHeader(name, secretOld), ""},
		{"reference left unexpanded", setHeader(name, "$session.params.token"), "credential_mismatch"},
		{"as query parameter", func(r *http.Request) { r.URL.RawQuery = name + "=" + secretNew }, "no_credential"},
		{"as cookie", setHeader("Cookie", name+"="+secretNew), "no_credential"},
	}
	v := newHeader(t, auth.HeaderConfig{Name: name, Secrets: auth.FixedSecrets(secretNew, secretOld)})
	site := refusal.New(t, refusal.Config{Guard: guardBy(v), Good: setHeader(name, secretNew), Canaries: []string{secretNew, secretOld}})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.reason != "" {
				site.Refused(t, refusal.Want{Status: 401, Reason: tt.reason}, tt.edit)
				return
			}
			if id, _ := site.Accepted(t, tt.edit); id.Scheme != "header" || id.Subject != name {
				t.Errorf("identity = %+v", id)
			}
		})
	}
}

// The bytes are compared as they are.
func TestHeaderTakesAnyBytes(t *testing.T) {
	t.Parallel()
	const value = "Bearer a=b:c/ü€ 00000000"
	v := newHeader(t, auth.HeaderConfig{Name: "authorization", Secrets: auth.FixedSecrets(value)})
	site := refusal.New(t, refusal.Config{Guard: guardBy(v), Good: setHeader("Authorization", value)})
	site.Accepted(t, setHeader("Authorization", value))
	site.Refused(t, refusal.Want{Status: 401, Reason: "no_credential"}, setHeader("Proxy-Authorization", value))
}

// Two headers as AND and as OR.
func TestTwoHeaders(t *testing.T) {
	t.Parallel()
	a := newHeader(t, auth.HeaderConfig{Name: "X-A", Secrets: auth.FixedSecrets(secretNew)})
	b := newHeader(t, auth.HeaderConfig{Name: "X-B", Secrets: auth.FixedSecrets(secretOld)})
	both := func(x, y string) func(*http.Request) {
		return func(r *http.Request) { r.Header["X-A"], r.Header["X-B"] = []string{x}, []string{y} }
	}
	and := refusal.New(t, refusal.Config{Guard: guardBy(auth.All(a, b)), Good: both(secretNew, secretOld)})
	and.Refused(t, refusal.Want{Status: 401, Reason: "credential_mismatch"}, both(secretNew, "wrong-wrong-wrong"))
	and.Refused(t, refusal.Want{Status: 401, Reason: "credential_mismatch"}, both("wrong-wrong-wrong", secretOld))
	and.Refused(t, refusal.Want{Status: 401, Reason: "no_credential"}, setHeader("X-A", secretNew))
	or := refusal.New(t, refusal.Config{Guard: guardBy(auth.Any(a, b)), Good: setHeader("X-A", secretNew)})
	or.Accepted(t, both("wrong-wrong-wrong", secretOld))
	or.Refused(t, refusal.Want{Status: 401, Reason: "credential_mismatch"}, both("wrong-wrong-wrong", "wrong-wrong-wrong"))
}

// The use of an old value is counted, and is the same caller.
func TestOldSecretIsCounted(t *testing.T) {
	t.Parallel()
	var events []auth.Event
	v := newHeader(t, auth.HeaderConfig{
		Name: "X-Key", Secrets: auth.FixedSecrets(secretNew, secretOld), Observe: func(e auth.Event) { events = append(events, e) },
	})
	site := refusal.New(t, refusal.Config{Guard: guardBy(v)})
	fresh, _ := site.Accepted(t, setHeader("X-Key", secretNew))
	if len(events) != 0 {
		t.Errorf("events after the current value = %v", events)
	}
	old, _ := site.Accepted(t, setHeader("X-Key", secretOld))
	if len(events) != 1 || events[0].Name != auth.EventOldSecret {
		t.Errorf("events after the old value = %v, want one %s", events, auth.EventOldSecret)
	}
	if fresh.Key() != old.Key() {
		t.Errorf("identities %q and %q differ", fresh.Key(), old.Key())
	}
}

func TestHeaderConfigIsRefused(t *testing.T) {
	t.Parallel()
	good := auth.FixedSecrets(secretNew)
	tests := []struct {
		name string
		cfg  auth.HeaderConfig
		ok   bool
	}{
		{"zero", auth.HeaderConfig{}, false},
		{"no name", auth.HeaderConfig{Secrets: good}, false},
		{"no secret", auth.HeaderConfig{Name: "X-Key"}, false},
		{"name with a blank", auth.HeaderConfig{Name: "X Key", Secrets: good}, false},
		{"name with a colon", auth.HeaderConfig{Name: "X-Key:", Secrets: good}, false},
		{"header that a server keeps to itself", auth.HeaderConfig{Name: "host", Secrets: good}, false},
		{"the coding of the body", auth.HeaderConfig{Name: "Transfer-Encoding", Secrets: good}, false},
		{"empty secret", auth.HeaderConfig{Name: "X-Key", Secrets: auth.FixedSecrets("")}, false},
		{"blank secret", auth.HeaderConfig{Name: "X-Key", Secrets: auth.FixedSecrets(strings.Repeat(" ", 20))}, false},
		{"empty beside a good one", auth.HeaderConfig{Name: "X-Key", Secrets: auth.FixedSecrets(secretNew, "")}, false},
		{"empty although weak ones are allowed", auth.HeaderConfig{Name: "X-Key", Secrets: auth.FixedSecrets(""), AllowWeak: true}, false},
		{"no values", auth.HeaderConfig{Name: "X-Key", Secrets: auth.FixedSecrets()}, false},
		{"short", auth.HeaderConfig{Name: "X-Key", Secrets: auth.FixedSecrets("fifteen bytes !")}, false},
		{"short, said so", auth.HeaderConfig{Name: "X-Key", Secrets: auth.FixedSecrets("fifteen bytes !"), AllowWeak: true}, true},
		{"line end behind", auth.HeaderConfig{Name: "X-Key", Secrets: auth.FixedSecrets(secretNew + "\n")}, false},
		{"blank in front", auth.HeaderConfig{Name: "X-Key", Secrets: auth.FixedSecrets(" " + secretNew)}, false},
		{"good", auth.HeaderConfig{Name: "X-Key", Secrets: good}, true},
	}
	for _, tt := range tests {
		v, err := auth.NewHeader(tt.cfg)
		if (err == nil) != tt.ok || (v != nil) != tt.ok {
			t.Errorf("%s: NewHeader = %v, %v, want ok %v", tt.name, v, err, tt.ok)
		}
		if err != nil && (strings.Contains(err.Error(), secretNew) || strings.Contains(err.Error(), "fifteen")) {
			t.Errorf("%s: error %q shows the secret", tt.name, err)
		}
	}
}

func TestSecretsThatAreDownAnswer503(t *testing.T) {
	t.Parallel()
	header := newHeader(t, auth.HeaderConfig{Name: "X-Key", Secrets: downSource{}})
	site := refusal.New(t, refusal.Config{Guard: guardBy(header)})
	site.Refused(t, refusal.Want{Status: 503, Reason: "dependency_unavailable"}, setHeader("X-Key", secretNew))
	site.Refused(t, refusal.Want{Status: 401, Reason: "no_credential"}, nil)

	basic := newBasic(t, auth.BasicConfig{Credentials: downSource{}})
	site = refusal.New(t, refusal.Config{Guard: guardBy(basic)})
	site.Refused(t, refusal.Want{Status: 503, Reason: "dependency_unavailable"}, func(r *http.Request) { r.SetBasicAuth("u", "p") })
}

// Nothing about a path or a User-Agent lets a request pass.
func TestNoWayAroundTheGuard(t *testing.T) {
	t.Parallel()
	v := newHeader(t, auth.HeaderConfig{Name: "X-Key", Secrets: auth.FixedSecrets(secretNew)})
	site := refusal.New(t, refusal.Config{Guard: guardBy(v), Good: setHeader("X-Key", secretNew)})
	edits := map[string]func(*http.Request){
		"health checker's agent": setHeader("User-Agent", "GoogleHC/1.0"),
		"health path":            func(r *http.Request) { r.URL.Path = "/healthz" },
		"health in the query":    func(r *http.Request) { r.URL.RawQuery = "x=/healthz" },
		"dot segments":           func(r *http.Request) { r.URL.Path = "/healthz/../webhook" },
		"parameter in the path":  func(r *http.Request) { r.URL.Opaque = "/webhook;/healthz" },
		"escaped fragment":       func(r *http.Request) { r.URL.Opaque = "/webhook%23/healthz" },
		"other method":           func(r *http.Request) { r.Method = http.MethodGet; r.Body = nil; r.ContentLength = 0 },
		"other host":             func(r *http.Request) { r.Host = "localhost" },
		"forwarded for":          setHeader("X-Forwarded-For", "192.0.2.77"),
		"long query":             func(r *http.Request) { r.URL.RawQuery = strings.Repeat("a=%1b%0d%0a&", 1000) },
	}
	for name, edit := range edits {
		t.Run(name, func(t *testing.T) {
			site.Refused(t, refusal.Want{Status: 401, Reason: "no_credential"}, edit)
		})
	}
}
