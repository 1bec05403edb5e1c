package auth_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/auth"
)

// TestNothingPrintsItsKeys prints what holds secrets or private keys in every
// way that a log or an error might.
func TestNothingPrintsItsKeys(t *testing.T) {
	t.Parallel()
	secret := auth.FixedSecrets(canary)
	opaqueSigner := func(cfg auth.SignatureSignerConfig) any {
		s, err := auth.NewSignatureSigner(cfg)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	header, err := auth.NewHeader(auth.HeaderConfig{Name: "X-Key", Secrets: secret})
	if err != nil {
		t.Fatal(err)
	}
	basic, err := auth.NewBasic(auth.BasicConfig{Credentials: auth.FixedSecrets("u:" + canary)})
	if err != nil {
		t.Fatal(err)
	}
	edSigner := newSigner(t, "k", "EdDSA", edKey())
	endpoint, err := auth.NewTokenEndpoint(auth.TokenEndpointConfig{
		Issuer: testIssuer, Audience: testAudience, Signer: edSigner, Clients: []auth.TokenClient{{ID: "c", Secret: secret}},
	})
	if err != nil {
		t.Fatal(err)
	}
	introspection := newIntrospection(t, auth.IntrospectionConfig{
		Endpoint: "https://issuer.example", ClientID: "me", ClientSecret: secret, AnyAudience: true, AnyClient: true,
	})
	things := map[string]any{
		"signer":                 edSigner,
		"RSA signer":             newSigner(t, "k", "RS256", rsaKey()),
		"signature signer, HMAC": opaqueSigner(auth.SignatureSignerConfig{Scheme: auth.GitHubSignature(), Secret: auth.NewSecret(canary)}),
		"signature signer, ed25519": opaqueSigner(auth.SignatureSignerConfig{
			Scheme: auth.StandardWebhooksSignature(), PrivateKey: edKey(),
		}),
		"signature verifier": signatureVerifier(t, auth.SignatureConfig{Scheme: auth.GitHubSignature(), Secrets: secret}),
		"header":             header, "basic": basic, "token endpoint": endpoint, "introspection": introspection,
	}
	traces := map[string]string{}
	for name, key := range map[string][]byte{
		"secret": []byte(canary), "ed25519 key": edKey().Seed(), "RSA key": rsaKey().D.Bytes(),
	} {
		traces[name] = string(key)
		traces[name+" in hex"] = fmt.Sprintf("%x", key)
		traces[name+" in base64"] = base64.StdEncoding.EncodeToString(key)
		traces[name+" in decimals"] = strings.Trim(fmt.Sprint(key), "[]")
		traces[name+" in Go"] = strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", key), "[]byte{"), "}")
	}
	traces["RSA key in one number"] = rsaKey().D.String()
	for name, thing := range things {
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("text", "thing", thing)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("json", "thing", thing, "list", []any{thing})
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&log, verb+" "+verb+"\n", thing, []any{thing})
		}
		for trace, text := range traces {
			if strings.Contains(log.String(), text) {
				t.Errorf("%s shows the %s", name, trace)
			}
		}
	}
}

// TestConfigErrorsAreNoCredentials: the constructors quote names in their
// errors, and names alone.
func TestConfigErrorsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	for name, construct := range map[string]func() error{
		"URL of keys": func() error {
			_, err := auth.NewKeySet(auth.KeySetConfig{URL: "https://user:" + canary + "@issuer.example/"})
			return err
		},
		"plain URL of keys": func() error {
			_, err := auth.NewKeySet(auth.KeySetConfig{URL: "http://user:" + canary + "@issuer.example/"})
			return err
		},
		"endpoint": func() error {
			_, err := auth.NewIntrospection(auth.IntrospectionConfig{
				Endpoint: "https://user:" + canary + "@issuer.example/", Unauthenticated: true, AnyAudience: true, AnyClient: true,
			})
			return err
		},
		"issuer": func() error {
			_, err := auth.DiscoverKeys(t.Context(), "https://user:"+canary+"@issuer.example/", auth.KeySetConfig{Client: http.DefaultClient})
			return err
		},
		"audience": func() error {
			_, err := auth.NewIDToken(auth.IDTokenConfig{Audiences: []string{"https://user:" + canary + "@hook.example/"}, AnyEmail: true})
			return err
		},
		"header": func() error {
			_, err := auth.NewHeader(auth.HeaderConfig{Name: "X-Key", Secrets: auth.FixedSecrets(canary + "\n")})
			return err
		},
		"basic": func() error {
			_, err := auth.NewBasic(auth.BasicConfig{Credentials: auth.FixedSecrets(canary)})
			return err
		},
	} {
		if err := construct(); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: error %v, want one that does not show the secret", name, err)
		}
	}
}
