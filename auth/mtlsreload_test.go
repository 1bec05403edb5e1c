package auth_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/internal/certs"
	"github.com/cxhook/cxhook/internal/refusal"
)

// lines is a log that tests read while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// take returns what was logged since the last call.
func (l *lines) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.buf.Reset()
	return l.buf.String()
}

func (l *lines) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

type certDir struct{ cert, key string }

func newCertDir(t *testing.T) certDir {
	dir := t.TempDir()
	return certDir{filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")}
}

func (d certDir) write(t *testing.T, cert, key []byte) {
	t.Helper()
	for path, data := range map[string][]byte{d.cert: cert, d.key: key} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCertificateFilesReload(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	dir := newCertDir(t)
	pems := func(cert tls.Certificate) (chain, key []byte) {
		chain, key, err := certs.PEM(cert)
		if err != nil {
			t.Fatal(err)
		}
		return chain, key
	}
	first, second := a.serverCert(t), a.serverCert(t)
	expiredTemplate := a.other.Client("hook")
	expiredTemplate.NotAfter = a.now.Add(-time.Minute)
	expired := issue(t, a.other, expiredTemplate)
	firstCert, firstKey := pems(first)
	secondCert, secondKey := pems(second)
	expiredCert, expiredKey := pems(expired)

	dir.write(t, firstCert, firstKey)
	var log lines
	files, err := auth.NewCertificateFiles(auth.CertificateFilesConfig{
		CertFile: dir.cert, KeyFile: dir.key, CheckEvery: time.Second, Logger: log.logger(), Now: a.time,
	})
	if err != nil {
		t.Fatal(err)
	}
	m := a.mtls(t, nil)
	site := refusal.New(t, refusal.Config{Guard: guardBy(m), TLS: m.TLSConfig(files.GetCertificate)})
	good := a.google(t)
	site.Server().Client().Transport.(*http.Transport).TLSClientConfig = (&mtlsSite{a: a}).clientTLS(&good)
	serving := func(step string, want tls.Certificate) {
		t.Helper()
		resp, err := site.Client(t).Do(site.Request(t, nil))
		if err != nil {
			t.Fatalf("%s: %v", step, err)
		}
		_ = resp.Body.Close()
		if !resp.TLS.PeerCertificates[0].Equal(want.Leaf) {
			t.Errorf("%s: the wrong certificate is served", step)
		}
	}
	logged := func(step string, want ...string) {
		t.Helper()
		text := log.take()
		if got := strings.Count(text, "\n"); got != len(want) {
			t.Errorf("%s: %d log records, want %d: %s", step, got, len(want), text)
		}
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: log %q lacks %q", step, text, w)
			}
		}
		if strings.Contains(text, "PRIVATE") || strings.Contains(text, string(firstKey[40:60])) {
			t.Errorf("%s: the log shows a key: %s", step, text)
		}
	}
	serving("at first", first)

	steps := []struct {
		name      string
		cert, key []byte
		want      tls.Certificate
		logged    []string
	}{
		{"new pair", secondCert, secondKey, second, []string{"server certificate reloaded"}},
		{"unchanged", secondCert, secondKey, second, nil},
		{"half of a certificate", firstCert[:len(firstCert)/2], firstKey, second, []string{"level=ERROR"}},
		{"still half", firstCert[:len(firstCert)/2], firstKey, second, nil},
		{"empty", nil, nil, second, nil},
		{"key of another certificate", firstCert, secondKey, second, nil},
		{"expired", expiredCert, expiredKey, second, []string{"expired"}},
		{"good again", firstCert, firstKey, first, []string{"server certificate reloaded"}},
	}
	for _, s := range steps {
		dir.write(t, s.cert, s.key)
		a.clock.Add(1)
		serving(s.name, s.want)
		logged(s.name, s.logged...)
	}
	dir.write(t, secondCert, secondKey)
	serving("before the time has come", first)
	if err := os.Remove(dir.key); err != nil {
		t.Fatal(err)
	}
	a.clock.Add(1)
	serving("key file gone", first)
	logged("key file gone", "level=ERROR")
}

func TestCertificateFilesAtOnce(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	dir := newCertDir(t)
	chain, key, err := certs.PEM(a.serverCert(t))
	if err != nil {
		t.Fatal(err)
	}
	dir.write(t, chain, key)
	files, err := auth.NewCertificateFiles(auth.CertificateFilesConfig{
		CertFile: dir.cert, KeyFile: dir.key, CheckEvery: time.Nanosecond, Logger: new(lines).logger(),
	})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for range 50 {
				if cert, err := files.GetCertificate(nil); cert == nil || err != nil {
					t.Errorf("certificate %v, %v", cert, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestCertificateFilesRefused(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	dir := newCertDir(t)
	chain, key, err := certs.PEM(a.serverCert(t))
	if err != nil {
		t.Fatal(err)
	}
	dir.write(t, chain, key)
	other := newCertDir(t)
	other.write(t, chain, []byte("not a key"))
	for name, tt := range map[string]struct {
		cfg  auth.CertificateFilesConfig
		want string // in the error's text, for the operator
	}{
		"zero value":      {auth.CertificateFilesConfig{}, "must be named"},
		"no key file":     {auth.CertificateFilesConfig{CertFile: dir.cert}, "must be named"},
		"no cert file":    {auth.CertificateFilesConfig{KeyFile: dir.key}, "must be named"},
		"missing key":     {auth.CertificateFilesConfig{CertFile: dir.cert, KeyFile: dir.key + "x"}, "no such file"},
		"missing chain":   {auth.CertificateFilesConfig{CertFile: dir.cert + "x", KeyFile: dir.key}, "no such file"},
		"broken key":      {auth.CertificateFilesConfig{CertFile: other.cert, KeyFile: other.key}, "no pair"},
		"swapped":         {auth.CertificateFilesConfig{CertFile: dir.key, KeyFile: dir.cert}, "no pair"},
		"negative period": {auth.CertificateFilesConfig{CertFile: dir.cert, KeyFile: dir.key, CheckEvery: -1}, "positive"},
	} {
		f, err := auth.NewCertificateFiles(tt.cfg)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "not a key") {
			t.Errorf("%s: %v, %v; want it refused with %q", name, f, err, tt.want)
		}
	}
}

func TestHandshakeLog(t *testing.T) {
	t.Parallel()
	var log lines
	now := time.Unix(hookTime, 0)
	l := auth.NewHandshakeLog(log.logger(), func() time.Time { return now })
	server := l.Logger()
	fail := func(peer string) {
		server.Printf("http: TLS handshake error from %s: remote error: tls: bad certificate", peer)
	}
	want := func(step string, records int, parts ...string) {
		t.Helper()
		text := log.take()
		if got := strings.Count(text, "\n"); got != records {
			t.Errorf("%s: %d records, want %d: %s", step, got, records, text)
		}
		for _, p := range parts {
			if !strings.Contains(text, p) {
				t.Errorf("%s: %q lacks %q", step, text, p)
			}
		}
	}
	fail("192.0.2.1:1000")
	want("first", 1, "peer=192.0.2.1", "reason=tls_handshake", "bad certificate")
	for range 5 {
		fail("192.0.2.1:1001")
	}
	want("again within a minute", 0)
	fail("[2001:db8::1]:1000")
	want("another peer", 1, "peer=2001:db8::1")
	now = now.Add(time.Minute)
	fail("192.0.2.1:1002")
	want("a minute later", 1, "not_logged=5")
	if got := l.Failed(); got != 8 {
		t.Errorf("%d failures counted, want 8", got)
	}
	server.Print("http: Accept error: too many open files")
	want("something else", 1, "too many open files")
	for i := range 3000 {
		fail(fmt.Sprintf("10.0.%d.%d:1", i/250, i%250))
	}
	want("many peers", 3000)
	server.Print("http: TLS handshake error from 192.0.2.77:1: " + strings.Repeat("x", 1<<20))
	if text := log.take(); len(text) > 2<<10 {
		t.Errorf("a record of %d bytes", len(text))
	}
}

func TestHandshakeLogOfServer(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	m := a.mtls(t, nil)
	var log lines
	l := auth.NewHandshakeLog(log.logger(), nil)
	s := a.site(t, m, m, func(srv *http.Server) { srv.ErrorLog = l.Logger() })
	evil := issue(t, a.other, a.other.Client("Google LLC"))
	for range 3 {
		s.alerted(t, s.clientTLS(&evil), "unknown certificate authority")
	}
	s.Server().Close() // waits for the connections, and so for their records
	if text := log.take(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "127.0.0.1") || l.Failed() != 3 {
		t.Errorf("%d failures, log %q; want three, and one record", l.Failed(), text)
	}
}
