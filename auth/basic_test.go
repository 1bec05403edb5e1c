package auth_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/refusal"
)

const (
	basicUser      = "dialogflow-user"
	basicPass      = "pässword:with:colons-8d31c"
	basicPair      = basicUser + ":" + basicPass
	basicChallenge = `Basic realm="orders"`
)

func newBasic(t *testing.T, cfg auth.BasicConfig) *auth.Basic {
	t.Helper()
	v, err := auth.NewBasic(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func authorize(values ...string) func(*http.Request) { return setHeader("Authorization", values...) }

func TestBasic(t *testing.T) {
	t.Parallel()
	good := base64Of(basicPair)
	tests := []struct {
		name   string
		edit   func(*http.Request)
		reason string // "" for a pass
	}{
		{"good, with colons and UTF-8", authorize("Basic " + good), ""},
		{"lower case", authorize("basic " + good), ""},
		{"upper case", authorize("BASIC " + good), ""},
		{"no header", nil, "no_credential"},
		{"scheme alone", authorize("Basic"), "malformed_credential"},
		{"scheme and a blank", authorize("Basic "), "malformed_credential"},
		{"wrong password", authorize("Basic " + base64Of(basicUser+":wrong-wrong-wrong-wrong")), "credential_mismatch"},
		{"wrong user", authorize("Basic " + base64Of("somebody:"+basicPass)), "credential_mismatch"},
		{"empty user and password", authorize("Basic Og=="), "malformed_credential"},
		{"empty user", authorize("Basic " + base64Of(":"+basicPass)), "malformed_credential"},
		{"empty password", authorize("Basic " + base64Of(basicUser+":")), "malformed_credential"},
		{"no colon", authorize("Basic " + base64Of(basicUser)), "malformed_credential"},
		{"no padding", authorize("Basic " + strings.TrimRight(good, "=")), "malformed_credential"},
		{"URL-safe alphabet", authorize("Basic " + base64.URLEncoding.EncodeToString([]byte("u:\xff\xfe\xfa"))), "malformed_credential"},
		{"blank inside", authorize("Basic " + good[:8] + " " + good[8:]), "malformed_credential"},
		{"trailing text", authorize("Basic " + good + "AAAA"), "malformed_credential"},
		{"unused bits set", authorize("Basic dTq="), "malformed_credential"},
		{"two blanks", authorize("Basic  " + good), "malformed_credential"},
		{"tab", authorize("Basic\t" + good), "wrong_scheme"},
		{"two headers, both good", authorize("Basic "+good, "Basic "+good), "duplicate_header"},
		{"two headers, one good", authorize("Bearer x", "Basic "+good), "duplicate_header"},
		{"list", authorize("Basic " + good + ", Bearer abc"), "malformed_credential"},
		{"Latin-1", authorize("Basic " + base64Of(strings.ReplaceAll(basicPair, "ä", "\xe4"))), "malformed_credential"},
		{"NUL", authorize("Basic " + base64Of(basicPair+"\x00")), "malformed_credential"},
		{"line end", authorize("Basic " + base64Of(basicUser+":pass\r\nword-1234567")), "malformed_credential"},
		{"escape", authorize("Basic " + base64Of(basicUser+":\x1b[31mred-1234567")), "malformed_credential"},
		{"scheme with a long s", authorize("Ba\u017fic " + good), "wrong_scheme"},
		{"scheme of the same length", authorize("Basil " + good), "wrong_scheme"},
		{"padding alone", authorize("Basic ===="), "malformed_credential"},
		{"other scheme", authorize("Negotiate " + good), "wrong_scheme"},
		{"bearer", authorize("Bearer " + good), "wrong_scheme"},
		{"over the limit", authorize("Basic " + strings.Repeat("QUJD", 2049)), "malformed_credential"},
	}
	v := newBasic(t, auth.BasicConfig{Credentials: auth.FixedSecrets(basicPair), Realm: "orders"})
	site := refusal.New(t, refusal.Config{Guard: guardBy(v), Good: authorize("Basic " + good), Canaries: []string{basicPass, basicPair}})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.reason != "" {
				site.Refused(t, refusal.Want{Status: 401, Reason: tt.reason, Challenge: basicChallenge}, tt.edit)
				return
			}
			if id, _ := site.Accepted(t, tt.edit); id.Scheme != "basic" || id.Subject != basicUser {
				t.Errorf("identity = %+v", id)
			}
		})
	}
}

// The answers to a wrong user and to a wrong password are the same
// bytes, but for the request's id and the date.
func TestBasicAnswersAreTheSame(t *testing.T) {
	t.Parallel()
	v := newBasic(t, auth.BasicConfig{Credentials: auth.FixedSecrets(basicPair)})
	site := refusal.New(t, refusal.Config{Guard: guardBy(v)})
	var answers []string
	for _, pair := range []string{"somebody:" + basicPass, basicUser + ":wrong-wrong-wrong-wrong", "x:y"} {
		resp, err := site.Client(t).Do(site.Request(t, authorize("Basic "+base64Of(pair))))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		resp.Header.Del("Date")
		resp.Header.Del("X-Request-Id")
		answers = append(answers, fmt.Sprint(resp.StatusCode, resp.Header, string(body)))
	}
	if answers[0] != answers[1] || answers[1] != answers[2] {
		t.Errorf("answers differ: %q", answers)
	}
}

// User information in a URL is not sent by Go's client unless asked,
// and means nothing in the request line.
func TestBasicIgnoresTheURL(t *testing.T) {
	t.Parallel()
	v := newBasic(t, auth.BasicConfig{Credentials: auth.FixedSecrets(basicPair)})
	site := refusal.New(t, refusal.Config{Guard: guardBy(v), Good: authorize("Basic " + base64Of(basicPair))})
	addr := site.Server().Listener.Addr().String()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST http://%s:secret-in-url@%s/webhook HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n", basicUser, addr, addr)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	site.Check(t, refusal.Want{Status: 401, Reason: "no_credential", Challenge: `Basic realm="webhook"`}, resp, body, []string{"secret-in-url"})
}

// The server itself refuses a header of a mebibyte and closes the
// connection; the next caller is served.
func TestHugeHeader(t *testing.T) {
	t.Parallel()
	v := newBasic(t, auth.BasicConfig{Credentials: auth.FixedSecrets(basicPair)})
	good := authorize("Basic " + base64Of(basicPair))
	site := refusal.New(t, refusal.Config{Guard: guardBy(v), Good: good, Wrap: func(s *http.Server) { s.MaxHeaderBytes = 16 << 10 }})
	conn, err := net.Dial("tcp", site.Server().Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() { // the server may close before all of it is written
		_, _ = io.WriteString(conn, "POST /webhook HTTP/1.1\r\nHost: x\r\nAuthorization: Basic "+strings.Repeat("A", 1<<20)+"\r\n\r\n")
	}()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge || !resp.Close {
		t.Errorf("status = %d, close %v, want 431 and a closed connection", resp.StatusCode, resp.Close)
	}
	site.Accepted(t, good)
}

// A refused request is not asked for its body.
func TestRefusalDoesNotAskForTheBody(t *testing.T) {
	t.Parallel()
	v := newBasic(t, auth.BasicConfig{Credentials: auth.FixedSecrets(basicPair)})
	site := refusal.New(t, refusal.Config{Guard: guardBy(v)})
	conn, err := net.Dial("tcp", site.Server().Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST /webhook HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n")
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "HTTP/1.1 401") {
		t.Errorf("first line = %q, %v, want 401", line, err)
	}
}

func TestBasicConfigIsRefused(t *testing.T) {
	t.Parallel()
	of := auth.FixedSecrets
	tests := []struct {
		name string
		cfg  auth.BasicConfig
		ok   bool
	}{
		{"zero", auth.BasicConfig{}, false},
		{"empty user", auth.BasicConfig{Credentials: of(":" + basicPass)}, false},
		{"empty password", auth.BasicConfig{Credentials: of(basicUser + ":")}, false},
		{"both empty", auth.BasicConfig{Credentials: of(":"), AllowWeak: true}, false},
		{"no colon", auth.BasicConfig{Credentials: of("a-user-without-password")}, false},
		{"weak password of a long user", auth.BasicConfig{Credentials: of(strings.Repeat("u", 40) + ":short")}, false},
		{"weak, said so", auth.BasicConfig{Credentials: of("u:short"), AllowWeak: true}, true},
		{"trailing line end", auth.BasicConfig{Credentials: of(basicPair + "\n")}, false},
		{"not UTF-8", auth.BasicConfig{Credentials: of(basicPair + "\xff")}, false},
		{"two users", auth.BasicConfig{Credentials: of(basicPair, "other:"+basicPass)}, false},
		{"rotation", auth.BasicConfig{Credentials: of(basicPair, basicUser+":"+secretOld)}, true},
		{"80 bytes", auth.BasicConfig{Credentials: of("u:" + strings.Repeat("p4", 40))}, true},
		{"quote in the realm", auth.BasicConfig{Credentials: of(basicPair), Realm: `a"b`}, false},
		{"backslash in the realm", auth.BasicConfig{Credentials: of(basicPair), Realm: `a\b`}, false},
		{"letter outside ASCII in the realm", auth.BasicConfig{Credentials: of(basicPair), Realm: "é"}, false},
		{"line end in the realm", auth.BasicConfig{Credentials: of(basicPair), Realm: "a\r\nb"}, false},
	}
	for _, tt := range tests {
		v, err := auth.NewBasic(tt.cfg)
		if (err == nil) != tt.ok || (v != nil) != tt.ok {
			t.Errorf("%s: NewBasic = %v, %v, want ok %v", tt.name, v, err, tt.ok)
		}
		if err != nil && strings.Contains(err.Error(), "colons-8d31c") {
			t.Errorf("%s: error %q shows the password", tt.name, err)
		}
	}
}

// Nothing is cut at 72 bytes.
func TestLongPasswordsCountWhole(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("p4", 40)
	v := newBasic(t, auth.BasicConfig{Credentials: auth.FixedSecrets("u:" + long)})
	site := refusal.New(t, refusal.Config{Guard: guardBy(v), Good: authorize("Basic " + base64Of("u:"+long))})
	site.Refused(t, refusal.Want{Status: 401, Reason: "credential_mismatch", Challenge: `Basic realm="webhook"`},
		authorize("Basic "+base64Of("u:"+long[:79]+"x")))
}
