package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"testing"

	"github.com/cxhook/cxhook/auth"
)

func TestForwardedSubject(t *testing.T) {
	t.Parallel()
	number, err := asn1.Marshal(pkix.RDNSequence{{{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: 7}}})
	if err != nil {
		t.Fatal(err)
	}
	v := proxyVerifier(t, proxyConfig(auth.GoogleLoadBalancer))
	tests := []struct {
		name, subject string
		status        int
	}{
		{"type in lower case", "cn=Google LLC", 200},
		{"type as a number", "2.5.4.3=Google LLC", 200},
		{"hex of an escape", `CN=Google\20LLC`, 200},
		{"escapes elsewhere", `O=a\,b\+c\"d\\e\;f\<g\>h\#i\=j\ ,CN=Google LLC`, 200},
		{"UTF-8 in escapes", `O=\c3\bc,CN=Google LLC`, 200},
		{"value as hex", "CN=#130A476F6F676C65204C4C43", 200},
		{"value as hex in another attribute", "O=#130161,CN=Google LLC", 200},
		{"value as hex of another type", "O=#0101FF,CN=Google LLC", 200},
		{"empty value elsewhere", "O=,CN=Google LLC", 200},
		{"multi-valued elsewhere", "O=a+OU=b,CN=Google LLC", 200},
		{"empty name in DER", "MAA=", 403},
		{"name as hex of another type", "CN=#0101FF", 403},
		{"the name behind a broken value", "O=;CN=Google LLC", 401},
		{"quote", `O=a"b,CN=Google LLC`, 401},
		{"semicolon", "O=a;b,CN=Google LLC", 401},
		{"angle", "O=a<b,CN=Google LLC", 401},
		{"blank in front of a value", "O= a,CN=Google LLC", 401},
		{"blank behind a value", "O=a ,CN=Google LLC", 401},
		{"blank in front of a type", "O=a, CN=Google LLC", 401},
		{"invalid UTF-8 in escapes", `O=\ff,CN=Google LLC`, 401},
		{"half an escape", `CN=Google LLC,O=\4`, 401},
		{"escape of no hex", `O=\zz,CN=Google LLC`, 401},
		{"no hex", "O=#zz,CN=Google LLC", 401},
		{"hex with more behind", "CN=#130A476F6F676C65204C4C4300", 403},
		{"no type", "=a,CN=Google LLC", 401},
		{"comma at the end", "CN=Google LLC,", 401},
		{"name that is a number in DER", base64.StdEncoding.EncodeToString(number), 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, status := judge(t, v, "X-Client-Cert-Present", "true", "X-Client-Cert-Chain-Verified", "true", "X-Client-Cert-Subject-DN", tt.subject)
			if status != tt.status {
				t.Errorf("subject %q: status %d, want %d", tt.subject, status, tt.status)
			}
		})
	}
}

func TestForwardedWeakKey(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	cfg := proxyConfig(auth.EnvoyXFCC)
	cfg.Rules, cfg.Now = a.rules(), a.time
	v := proxyVerifier(t, cfg)
	key := func(k crypto.Signer, err error) crypto.Signer {
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	for name, tt := range map[string]struct {
		key    crypto.Signer
		status int
	}{
		"RSA 1024": {key(rsa.GenerateKey(rand.Reader, 1024)), 401},
		"RSA 2048": {key(rsa.GenerateKey(rand.Reader, 2048)), 200},
		"P-224":    {key(ecdsa.GenerateKey(elliptic.P224(), rand.Reader)), 401},
		"P-384":    {key(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)), 200},
		"Ed25519":  {ed25519.NewKeyFromSeed(make([]byte, 32)), 200},
	} {
		cert, err := a.ssl.Issue(a.ssl.Client("Google LLC"), tt.key)
		if err != nil {
			t.Fatal(err)
		}
		if _, status := judge(t, v, auth.XFCCHeader, auth.FormatXFCC([]*x509.Certificate{cert.Leaf}, true)); status != tt.status {
			t.Errorf("%s: status %d, want %d", name, status, tt.status)
		}
	}
}
