package certs_test

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"

	"github.com/cxhook/cxhook/internal/certs"
)

func TestIssuedChainsVerify(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.June, 1, 12, 0, 0, 0, time.UTC)
	root, err := certs.NewAuthority("Root", now)
	if err != nil {
		t.Fatal(err)
	}
	middle, err := root.Intermediate("Middle")
	if err != nil {
		t.Fatal(err)
	}
	lower, err := middle.Intermediate("Lower")
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(root.Certificate)
	for name, a := range map[string]*certs.Authority{"root": root, "middle": middle, "lower": lower} {
		leaf, err := a.Issue(a.Client("client", "*.client.example"), nil)
		if err != nil {
			t.Fatal(err)
		}
		chain := x509.NewCertPool()
		for _, der := range leaf.Certificate[1:] {
			cert, err := x509.ParseCertificate(der)
			if err != nil {
				t.Fatal(err)
			}
			chain.AddCert(cert)
		}
		for when, valid := range map[time.Time]bool{now: true, now.Add(25 * time.Hour): false, now.Add(-25 * time.Hour): false} {
			_, err := leaf.Leaf.Verify(x509.VerifyOptions{
				Roots: roots, Intermediates: chain, CurrentTime: when, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
			})
			if (err == nil) != valid {
				t.Errorf("leaf of %s at %v: %v, want valid: %t", name, when, err, valid)
			}
		}
		certPEM, keyPEM, err := certs.PEM(leaf)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tls.X509KeyPair(certPEM, keyPEM); err != nil {
			t.Errorf("PEM files of a leaf of %s: %v", name, err)
		}
	}
}
