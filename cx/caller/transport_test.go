package caller_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx/caller"
)

// certificate makes a self-signed certificate.
func certificate(t *testing.T, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "orders"},
		DNSNames:     []string{"orders.example.com"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	change(tmpl)
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func secureServer(t *testing.T, cert tls.Certificate, h http.Handler) *httptest.Server {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequestClientCert}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv
}

func TestCustomCA(t *testing.T) {
	t.Parallel()
	good := certificate(t, func(*x509.Certificate) {})
	signs := certificate(t, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature })
	encipher := certificate(t, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment })
	nameless := certificate(t, func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, nil })
	tests := []struct {
		name    string
		server  tls.Certificate
		trusted []tls.Certificate
		kind    caller.Kind
	}{
		{"trusted", good, []tls.Certificate{good}, 0},
		{"one of several", good, []tls.Certificate{signs, good}, 0},
		{"key usage digital signature", signs, []tls.Certificate{signs}, 0},
		{"key usage without digital signature", encipher, []tls.Certificate{encipher}, caller.Unreachable},
		{"no subject alternative name", nameless, []tls.Certificate{nameless}, caller.Unreachable},
		{"another", good, []tls.Certificate{signs}, caller.Unreachable},
		{"the system's store does not know it", good, nil, caller.Unreachable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := secureServer(t, tt.server, jsonAnswer("{}"))
			w := resource(func(s *service) {
				for _, c := range tt.trusted {
					s.AllowedCaCerts = append(s.AllowedCaCerts, c.Certificate[0])
				}
			})
			res := call(t, newCaller(t, w, caller.ToURL(srv.URL), caller.AllowLocal()), turn(t))
			event := ""
			if tt.kind != 0 {
				event = caller.EventNotFound
			}
			checkFailure(t, tt.name, res, tt.kind, event)
		})
	}
}

func TestClientCertificate(t *testing.T) {
	t.Parallel()
	server, client := certificate(t, func(*x509.Certificate) {}), certificate(t, func(c *x509.Certificate) { c.Subject.CommonName = "agent" })
	var peer atomic.Value
	srv := secureServer(t, server, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) > 0 {
			peer.Store(r.TLS.PeerCertificates[0].Subject.CommonName)
		}
		jsonAnswer("{}")(w, r)
	}))
	w := resource(func(s *service) { s.AllowedCaCerts = [][]byte{server.Certificate[0]} })
	res := call(t, newCaller(t, w, caller.ToURL(srv.URL), caller.AllowLocal(), caller.WithClientCertificate(client)), turn(t))
	if res.Failure != nil || peer.Load() != "agent" {
		t.Errorf("failure %v, peer %v", res.Failure, peer.Load())
	}
}

// What is not public is refused when it is dialled, so that a name cannot
// lead there; nothing must arrive at the server.
func TestLocalAddressesAreRefused(t *testing.T) {
	t.Parallel()
	server := certificate(t, func(*x509.Certificate) {})
	var reached atomic.Bool
	srv := secureServer(t, server, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
	_, port, err := net.SplitHostPort(srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, url string
		opts      []caller.Option
	}{
		{"loopback address", srv.URL, nil},
		{"a name for loopback", "https://localhost:" + port, nil},
		{"mapped loopback", "https://[::ffff:127.0.0.1]:" + port, nil},
		{"private", "https://10.1.2.3", nil},
		{"metadata server", "https://169.254.169.254", nil},
		{"metadata server, local allowed", "http://169.254.169.254", []caller.Option{caller.AllowLocal()}},
		{"any address", "https://0.0.0.0:" + port, nil},
		{"carrier-grade NAT", "https://100.64.0.1", []caller.Option{caller.AllowLocal()}},
		{"broadcast", "https://255.255.255.255", []caller.Option{caller.AllowLocal()}},
		{"plain http to a public address", "http://192.0.2.1", []caller.Option{caller.AllowLocal()}},
		{"IPv4 within IPv6", "https://[64:ff9b::7f00:1]", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := resource(func(s *service) {
				s.Uri = tt.url
				s.AllowedCaCerts = [][]byte{server.Certificate[0]}
			})
			res := call(t, newCaller(t, w, caller.ToResource(), tt.opts...), turn(t))
			checkFailure(t, tt.name, res, caller.Forbidden, caller.EventNotFound)
			if len(res.Attempts) != 1 {
				t.Errorf("%d attempts, want 1", len(res.Attempts))
			}
		})
	}
	if reached.Load() {
		t.Error("a request arrived")
	}
}

func TestServiceDirectory(t *testing.T) {
	t.Parallel()
	const name = "projects/p/locations/l/namespaces/n/services/s"
	server := certificate(t, func(*x509.Certificate) {})
	var host atomic.Value
	srv := secureServer(t, server, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host.Store(r.Host)
		jsonAnswer("{}")(w, r)
	}))
	w := &cxpb.Webhook{Webhook: &cxpb.Webhook_ServiceDirectory{ServiceDirectory: &cxpb.Webhook_ServiceDirectoryConfig{
		Service:           name,
		GenericWebService: &service{Uri: hookURI, AllowedCaCerts: [][]byte{server.Certificate[0]}},
	}}}
	var asked atomic.Value
	c := newCaller(t, w, caller.ToResource(), caller.WithServiceDirectory(func(_ context.Context, service string) (string, error) {
		asked.Store(service)
		return srv.Listener.Addr().String(), nil
	}))
	res := call(t, c, turn(t))
	if res.Failure != nil || asked.Load() != name || host.Load() != "orders.example.com" {
		t.Errorf("failure %v, asked for %v, host %v", res.Failure, asked.Load(), host.Load())
	}
	c = newCaller(t, w, caller.ToResource(), caller.WithServiceDirectory(func(context.Context, string) (string, error) {
		return "", errors.New("no such service")
	}))
	res = call(t, c, turn(t))
	checkFailure(t, "unknown service", res, caller.Unreachable, caller.EventNotFound)
	if !strings.Contains(res.Failure.Error(), "no such service") {
		t.Errorf("failure %q hides its cause", res.Failure)
	}
}

func TestConnectionsAreKeptOnDemand(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{false, true} {
		var opened atomic.Int32
		srv := httptest.NewUnstartedServer(jsonAnswer("{}"))
		srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
			if s == http.StateNew {
				opened.Add(1)
			}
		}
		srv.Start()
		opts := []caller.Option{caller.AllowLocal()}
		want := int32(3)
		if keep {
			opts, want = append(opts, caller.WithKeepAlive()), 1
		}
		c := newCaller(t, resource(), caller.ToURL(srv.URL), opts...)
		for range 3 {
			if res := call(t, c, turn(t)); res.Failure != nil {
				t.Error(res.Failure)
			}
		}
		c.Close()
		srv.Close()
		if opened.Load() != want {
			t.Errorf("kept %v: %d connections for three calls, want %d", keep, opened.Load(), want)
		}
	}
}
