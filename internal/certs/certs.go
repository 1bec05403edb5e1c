// Package certs makes certificate authorities and certificates for tests and
// for the stand-ins of Dialogflow: short lived, with fresh keys, and with every
// field that a verifier looks at open to be wrong.
package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"
)

// Authority is a certificate authority. It is safe for concurrent use.
type Authority struct {
	// Certificate is its own certificate.
	Certificate *x509.Certificate

	key   crypto.Signer
	chain [][]byte // what a leaf sends beside itself: no root
}

// NewAuthority returns a root with the given common name, valid for a day
// before and after now.
func NewAuthority(name string, now time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("certs: key of %q: %w", name, err)
	}
	cert, err := sign(authorityTemplate(name, now), nil, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return &Authority{Certificate: cert, key: key}, nil
}

// Intermediate returns an authority below a. Leaves that it issues send its
// certificate along.
func (a *Authority) Intermediate(name string) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("certs: key of %q: %w", name, err)
	}
	template := authorityTemplate(name, a.Certificate.NotBefore.Add(24*time.Hour))
	cert, err := sign(template, a.Certificate, key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	chain := append([][]byte{cert.Raw}, a.chain...)
	return &Authority{Certificate: cert, key: key, chain: chain}, nil
}

func authorityTemplate(name string, now time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-24 * time.Hour),
		NotAfter:              now.Add(24 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

// Client returns the template of a client's certificate with the given common
// name and DNS names, as a public authority fills it in. Change it before it
// is issued.
func (a *Authority) Client(commonName string, dnsNames ...string) *x509.Certificate {
	return &x509.Certificate{
		Subject:               pkix.Name{CommonName: commonName},
		DNSNames:              dnsNames,
		NotBefore:             a.Certificate.NotBefore,
		NotAfter:              a.Certificate.NotAfter,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
}

// Issue signs the template for a fresh key, or for the given one if it is not
// nil. The result holds the chain up to the root, without it.
func (a *Authority) Issue(template *x509.Certificate, key crypto.Signer) (tls.Certificate, error) {
	if key == nil {
		fresh, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return tls.Certificate{}, fmt.Errorf("certs: key of %q: %w", template.Subject, err)
		}
		key = fresh
	}
	leaf, err := sign(template, a.Certificate, key.Public(), a.key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{
		Certificate: append([][]byte{leaf.Raw}, a.chain...),
		PrivateKey:  key,
		Leaf:        leaf,
	}, nil
}

// sign makes a certificate; without a parent it signs itself.
func sign(template, parent *x509.Certificate, pub crypto.PublicKey, key crypto.Signer) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("certs: serial number: %w", err)
	}
	t := *template
	t.SerialNumber = serial.Add(serial, big.NewInt(1))
	if parent == nil {
		parent = &t
	}
	der, err := x509.CreateCertificate(rand.Reader, &t, parent, pub, key)
	if err != nil {
		return nil, fmt.Errorf("certs: certificate of %q: %w", template.Subject, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certs: certificate of %q: %w", template.Subject, err)
	}
	return cert, nil
}

// PEM returns the chain and the private key of cert as the two files of a
// server.
func PEM(cert tls.Certificate) (chain, key []byte, err error) {
	for _, der := range cert.Certificate {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	der, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		return nil, nil, fmt.Errorf("certs: private key: %w", err)
	}
	return chain, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
