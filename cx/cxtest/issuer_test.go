package cxtest_test

import (
	"crypto/x509"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/cxtest"
)

// TestIssuedTokensAreGooglesForm asks as verifiers ask Google: by its URLs.
func TestIssuedTokensAreGooglesForm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // the issuer works by a clock of its own as well
		issuer := cxtest.NewIssuer(t, cxtest.IssuerConfig{})
		keys, err := auth.NewKeySet(auth.KeySetConfig{URL: auth.GoogleKeysURL, Client: issuer.Client()})
		if err != nil {
			t.Fatal(err)
		}
		defer keys.Close()
		v, err := auth.NewIDToken(auth.IDTokenConfig{Audiences: []string{cxtest.URI}, ProjectNumbers: []string{cxtest.ProjectNumber}, Keys: keys})
		if err != nil {
			t.Fatal(err)
		}
		guard := auth.Require(v, auth.WithLogger(slog.New(slog.DiscardHandler)))
		c := cxtest.New(t, guard(newService()), issuer.Options()...)
		c.Call(cxtest.Request("order-status", cxtest.Param("order-id", 17)))
		cxtest.New(t, guard(newService())).Fails(cxtest.Request("order-status"), caller.EventRejected)
		time.Sleep(24 * time.Hour)
		c.Call(cxtest.Request("order-status", cxtest.Param("order-id", 17)))
	})
}

func TestAccessTokensAreKnownForAnHour(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	issuer := cxtest.NewIssuer(t, cxtest.IssuerConfig{Now: func() time.Time { return now }})
	token := issuer.AccessToken("a@p.iam.gserviceaccount.com")
	ask := func(token string) (int, map[string]string) {
		resp, err := issuer.Client().PostForm(auth.GoogleTokenInfoURL, url.Values{"access_token": {token}})
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var answer map[string]string
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, answer
	}
	now = now.Add(20 * time.Minute)
	code, answer := ask(token)
	if code != http.StatusOK || answer["email"] != "a@p.iam.gserviceaccount.com" || answer["azp"] != cxtest.AccountID(answer["email"]) || answer["expires_in"] != "2400" {
		t.Errorf("tokeninfo: %d %v, want the account for 2400 more seconds", code, answer)
	}
	for name, token := range map[string]string{"unknown": "ya29.other", "empty": ""} {
		if code, _ := ask(token); code != http.StatusBadRequest {
			t.Errorf("%s token: %d, want 400", name, code)
		}
	}
	now = now.Add(40 * time.Minute)
	if code, answer := ask(token); code != http.StatusBadRequest {
		t.Errorf("a token of an hour ago: %d %v, want 400", code, answer)
	}
	if a, b := cxtest.AccountID("a@p"), cxtest.AccountID("b@p"); a == b || len(a) != 21 || strings.Trim(a, "0123456789") != "" {
		t.Errorf("ids %q and %q, want two numbers of 21 digits", a, b)
	}
}

func TestMintsOnlyWhatDialogflowMints(t *testing.T) {
	t.Parallel()
	issuer := cxtest.NewIssuer(t, cxtest.IssuerConfig{ProjectNumber: "42"})
	if issuer.ServiceAgent() != "service-42@gcp-sa-dialogflow.iam.gserviceaccount.com" {
		t.Errorf("the service agent is %s", issuer.ServiceAgent())
	}
	if token, err := issuer.Token(t.Context(), caller.TokenRequest{Source: caller.OAuthSource}); err == nil {
		t.Errorf("an OAuth token %q was minted, want an error: it is fetched", token)
	}
	resp, err := issuer.Client().Get(cxtest.IssuerURL + "/elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown path is %d, want 404", resp.StatusCode)
	}
}

// TestCertificatesVerify holds the client certificate to the form of the real
// one: named Google LLC, for clients, with its intermediate beside it.
func TestCertificatesVerify(t *testing.T) {
	t.Parallel()
	issuer := cxtest.NewIssuer(t, cxtest.IssuerConfig{})
	roots, middle := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(issuer.Root())
	client := issuer.Certificate()
	if len(client.Certificate) != 2 || client.Leaf.Subject.CommonName != "Google LLC" {
		t.Fatalf("%d certificates for %s, want leaf and intermediate for Google LLC", len(client.Certificate), client.Leaf.Subject)
	}
	cert, err := x509.ParseCertificate(client.Certificate[1])
	if err != nil {
		t.Fatal(err)
	}
	middle.AddCert(cert)
	verify := func(leaf *x509.Certificate, host string, usage x509.ExtKeyUsage) error {
		_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: middle, DNSName: host, KeyUsages: []x509.ExtKeyUsage{usage}})
		return err
	}
	if err := verify(client.Leaf, "", x509.ExtKeyUsageClientAuth); err != nil {
		t.Error(err)
	}
	if err := verify(client.Leaf, "", x509.ExtKeyUsageServerAuth); err == nil {
		t.Error("the client's certificate is good for servers")
	}
	for _, host := range []string{"127.0.0.1", "hook.test"} {
		if err := verify(issuer.ServerCertificate(host).Leaf, host, x509.ExtKeyUsageServerAuth); err != nil {
			t.Error(err)
		}
	}
}
