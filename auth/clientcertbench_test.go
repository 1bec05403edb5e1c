package auth_test

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
)

// BenchmarkClientCert is the cost of one request by each way that a client
// certificate takes, and of one verification of its chain, which a direct
// connection pays once in its handshake and XFCC with a certificate each time.
func BenchmarkClientCert(b *testing.B) {
	a := newAuthorities(b)
	google := a.google(b)
	chain := []*x509.Certificate{google.Leaf, a.sslMiddle.Certificate}
	m := a.mtls(b, nil)
	run := func(name string, v auth.Verifier, set func(map[string]string), state *tls.ConnectionState) {
		headers := map[string]string{}
		set(headers)
		r := (vector{headers: headers}).request(b.Context())
		r.RemoteAddr, r.TLS = "127.0.0.1:1", state
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("direct", m, func(map[string]string) {}, &tls.ConnectionState{
		PeerCertificates: chain, VerifiedChains: [][]*x509.Certificate{append(chain, a.ssl.Certificate)},
	})
	run("google-headers", proxyVerifier(b, proxyConfig(auth.GoogleLoadBalancer)), func(h map[string]string) {
		h["X-Client-Cert-Present"], h["X-Client-Cert-Chain-Verified"] = "true", "true"
		h["X-Client-Cert-Subject-DN"] = "CN=Google LLC,O=Google LLC,L=Mountain View,ST=California,C=US"
	}, nil)
	run("xfcc-names", proxyVerifier(b, proxyConfig(auth.EnvoyXFCC)), func(h map[string]string) { h[auth.XFCCHeader] = xfccGood }, nil)
	cfg := proxyConfig(auth.EnvoyXFCC)
	cfg.Rules, cfg.Now = a.rules(), a.time
	run("xfcc-chain", proxyVerifier(b, cfg), func(h map[string]string) { h[auth.XFCCHeader] = auth.FormatXFCC(chain, true) }, nil)

	roots, middle := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(a.ssl.Certificate)
	middle.AddCert(a.sslMiddle.Certificate)
	b.Run("primitive-chain", func(b *testing.B) {
		for b.Loop() {
			if _, err := google.Leaf.Verify(x509.VerifyOptions{
				Roots: roots, Intermediates: middle, CurrentTime: time.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
			}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
