package auth_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMTLSLargeChains(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	m := a.mtls(t, nil)
	s := a.site(t, m, m, nil)
	long := a.ssl
	for i := range 100 {
		next, err := long.Intermediate(fmt.Sprintf("Middle %d", i))
		if err != nil {
			t.Fatal(err)
		}
		long = next
	}
	deep := issue(t, long, long.Client("Google LLC"))
	eleven := a.google(t)
	eleven.Certificate = append(eleven.Certificate, slices.Repeat([][]byte{a.sslMiddle.Certificate.Raw}, 9)...)
	ten := eleven
	ten.Certificate = eleven.Certificate[:10]
	constraints := a.sslMiddle.Client("Google LLC")
	for i := range 2000 {
		constraints.DNSNames = append(constraints.DNSNames, fmt.Sprintf("n%d.example", i))
	}
	wide := issue(t, a.sslMiddle, constraints)
	huge := a.google(t)
	huge.Certificate = append(huge.Certificate, slices.Repeat(wide.Certificate[:1], 10<<20/len(wide.Certificate[0]))...)

	if status, _, err := visit(t, s, s.clientTLS(&ten)); status != http.StatusOK {
		t.Errorf("ten certificates: status %d, %v", status, err)
	}
	for _, tt := range []struct {
		name string
		cert tls.Certificate
	}{
		{"100 intermediates", deep},
		{"eleven certificates", eleven},
		{"10 MB", huge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := s.calls.Load()
			start := time.Now()
			if status, _, err := visit(t, s, s.clientTLS(&tt.cert)); err == nil {
				t.Errorf("status %d, want the handshake refused", status)
			}
			t.Logf("refused after %v", time.Since(start))
			if s.calls.Load() != before {
				t.Error("the handler was called")
			}
			s.Accepted(t, nil)
		})
	}
}

// TestMTLSSilentClients: clients that connect and say nothing are dropped,
// and keep nobody else out.
func TestMTLSSilentClients(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	m := a.mtls(t, nil)
	s := a.site(t, m, m, func(srv *http.Server) { srv.ReadHeaderTimeout = 500 * time.Millisecond })
	var silent []net.Conn
	for range 100 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "https://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		silent = append(silent, conn)
	}
	s.Accepted(t, nil)
	for _, conn := range silent {
		if err := conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		var timeout net.Error
		if _, err := conn.Read(make([]byte, 1)); err == nil || errors.As(err, &timeout) && timeout.Timeout() {
			t.Fatalf("a silent connection is still open: %v", err)
		}
	}
}
