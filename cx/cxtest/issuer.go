package cxtest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/internal/certs"
	"github.com/cxhook/cxhook/internal/inproc"
)

// The names and addresses of an [Issuer].
const (
	// ProjectNumber is that of the project whose agent an Issuer speaks for,
	// where nothing else is configured.
	ProjectNumber = "123456789012"

	IssuerURL        = "https://issuer.test"            // iss of the access tokens
	TokenURL         = IssuerURL + "/token"             // client credentials grant
	KeysURL          = IssuerURL + "/keys"              // of those tokens
	IntrospectionURL = IssuerURL + "/introspect"        // RFC 7662
	OAuthAudience    = "https://webhook.test"           // aud of those tokens
	OAuthClientID    = "dialogflow-agent"               // who may get them
	OAuthSecret      = "client-secret-of-the-test-only" // #nosec G101 -- opens nothing but the Issuer of a test
	OAuthScope       = "webhook.call"
)

// IssuerConfig configures [NewIssuer]. The zero value may be used.
type IssuerConfig struct {
	// ProjectNumber is that of the agent's project.
	ProjectNumber string
	// OpaqueTokens makes the OAuth tokens random texts for introspection in
	// place of signed ones.
	OpaqueTokens bool
	// Now is the clock of what is issued. The default is time.Now.
	Now func() time.Time
}

// Issuer issues whatever Dialogflow proves itself by, without Google: ID
// tokens and access tokens of service accounts, tokens of an OAuth server,
// client certificates. It is safe for concurrent use.
//
// A verifier is told where the keys are by [Issuer.Client], [Issuer.GoogleKeys]
// or [Issuer.ClientCertRules]; [Issuer.Options] make a caller send it all:
//
//	issuer := cxtest.NewIssuer(t, cxtest.IssuerConfig{})
//	v, err := auth.NewIDToken(auth.IDTokenConfig{
//		Audiences: []string{cxtest.URI}, ProjectNumbers: []string{cxtest.ProjectNumber}, Keys: issuer.GoogleKeys(),
//	})
//	…
//	c := cxtest.New(t, auth.Require(v)(h), issuer.Options()...)
//
// It opens no sockets. Its keys are made at the start and live as long as it.
type Issuer struct {
	tb     testing.TB
	cfg    IssuerConfig
	google *auth.Signer // of ID tokens
	access accessTokens
	signer *auth.Signer // of the OAuth server
	oauth  *auth.TokenEndpoint
	root   *certs.Authority
	middle *certs.Authority
	client *http.Client
}

// NewIssuer returns an issuer for a test, which it ends on failure.
func NewIssuer(tb testing.TB, cfg IssuerConfig) *Issuer {
	tb.Helper()
	if cfg.ProjectNumber == "" {
		cfg.ProjectNumber = ProjectNumber
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	i := &Issuer{tb: tb, cfg: cfg, access: newAccessTokens()}
	var err error
	if i.google, err = newSigner(); err == nil {
		err = i.addTokenEndpoint()
	}
	if err == nil {
		i.root, err = certs.NewAuthority("Test SSL.com Root", cfg.Now())
	}
	if err == nil {
		i.middle, err = i.root.Intermediate("Test Client Certificate Intermediate")
	}
	if err != nil {
		tb.Fatal(err)
	}
	listener := inproc.New(i, slog.Default())
	transport := &http.Transport{DialContext: listener.Dial, DialTLSContext: listener.Dial, DisableKeepAlives: true}
	i.client = &http.Client{Transport: transport}
	return i
}

// newSigner makes the key of Google's tokens, which are RS256.
func newSigner() (*auth.Signer, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	return auth.NewSigner(auth.SignerConfig{Key: key, KeyID: "google-1"})
}

// addTokenEndpoint makes the OAuth server.
func (i *Issuer) addTokenEndpoint() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	if i.signer, err = auth.NewSigner(auth.SignerConfig{Key: key, Algorithm: "ES256", KeyID: "issuer-1"}); err != nil {
		return err
	}
	i.oauth, err = auth.NewTokenEndpoint(auth.TokenEndpointConfig{
		Issuer: IssuerURL, Audience: OAuthAudience, Signer: i.signer, Opaque: i.cfg.OpaqueTokens, Now: i.cfg.Now,
		Clients: []auth.TokenClient{{ID: OAuthClientID, Secret: auth.FixedSecrets(OAuthSecret), Scopes: []string{OAuthScope}}},
	})
	return err
}

// ServeHTTP answers as the Google endpoints that verifiers ask, at
// auth.GoogleKeysURL and auth.GoogleTokenInfoURL, and as the OAuth server at
// [IssuerURL].
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "GET /oauth2/v3/certs":
		i.serveGoogleKeys(w)
	case "POST /tokeninfo":
		i.access.serve(w, r, i.cfg.Now())
	case "POST /token":
		i.oauth.ServeHTTP(w, r)
	case "GET /keys":
		i.oauth.Keys().ServeHTTP(w, r)
	case "POST /introspect":
		i.oauth.Introspect().ServeHTTP(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (i *Issuer) serveGoogleKeys(w http.ResponseWriter) {
	jwks, err := i.google.JWKS()
	if err != nil {
		http.Error(w, "no keys", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_, _ = w.Write(jwks)
}

// Client returns a client for whom every address is the issuer: the one that a
// verifier asks Google or the OAuth server by.
func (i *Issuer) Client() *http.Client { return i.client }

// GoogleKeys returns the keys of the ID tokens as a fixed set.
func (i *Issuer) GoogleKeys() *auth.KeySet {
	i.tb.Helper()
	keys, err := i.google.Keys()
	if err != nil {
		i.tb.Fatal(err)
	}
	return keys
}

// OAuthKeys returns the keys of the OAuth server's tokens, which are signed by
// ES256, fetched from [KeysURL].
func (i *Issuer) OAuthKeys() *auth.KeySet {
	i.tb.Helper()
	keys, err := auth.NewKeySet(auth.KeySetConfig{URL: KeysURL, Client: i.client})
	if err != nil {
		i.tb.Fatal(err)
	}
	i.tb.Cleanup(keys.Close)
	return keys
}

// ServiceAgent returns the e-mail of the service agent in the ID tokens.
func (i *Issuer) ServiceAgent() string { return auth.DialogflowServiceAgent(i.cfg.ProjectNumber) }

// IDToken returns the ID token of the service agent for an audience, with the
// claims changed for the tests of refusals; a nil claim is left out.
func (i *Issuer) IDToken(audience string, changes map[string]any) (string, error) {
	now := i.cfg.Now()
	return i.google.Sign("JWT", changed(changes, map[string]any{
		"iss": "https://accounts.google.com", "aud": audience, "azp": i.ServiceAgent(), "sub": i.ServiceAgent(),
		"email": i.ServiceAgent(), "email_verified": true, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}))
}

// OAuthToken returns a signed token of the OAuth server, as [TokenURL] gives
// it, with the claims changed; a nil claim is left out.
func (i *Issuer) OAuthToken(changes map[string]any) (string, error) {
	now := i.cfg.Now()
	return i.signer.Sign("at+jwt", changed(changes, map[string]any{
		"iss": IssuerURL, "aud": OAuthAudience, "sub": OAuthClientID, "client_id": OAuthClientID, "scope": OAuthScope,
		"jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}))
}

func changed(changes, claims map[string]any) map[string]any {
	for name, value := range changes {
		if value == nil {
			delete(claims, name)
		} else {
			claims[name] = value
		}
	}
	return claims
}

// Token mints what is asked for; it is the function for caller.WithTokens.
// Tokens of OAuth are not minted but fetched: see caller.WithOAuth.
func (i *Issuer) Token(_ context.Context, r caller.TokenRequest) (string, error) {
	switch {
	case r.Source == caller.ServiceAccountSource:
		return i.AccessToken(r.ServiceAccount), nil
	case r.Source == caller.ServiceAgentSource && r.AccessToken:
		return i.AccessToken(i.ServiceAgent()), nil
	case r.Source == caller.ServiceAgentSource:
		return i.IDToken(r.Audience, nil)
	}
	return "", errors.New("cxtest: the issuer mints no such token")
}

// Certificate returns the certificate that Dialogflow presents: CN=Google LLC
// below an intermediate authority.
func (i *Issuer) Certificate() tls.Certificate {
	i.tb.Helper()
	return i.issue(i.middle.Client("Google LLC"))
}

// ServerCertificate returns a certificate for a service at a host name or an
// IP address, below the same root: caller and service of a test over TLS.
func (i *Issuer) ServerCertificate(host string) tls.Certificate {
	i.tb.Helper()
	template := i.middle.Client(host)
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	return i.issue(template)
}

func (i *Issuer) issue(template *x509.Certificate) tls.Certificate {
	i.tb.Helper()
	cert, err := i.middle.Issue(template, nil)
	if err != nil {
		i.tb.Fatal(err)
	}
	return cert
}

// Root returns the root of all certificates, for allowedCaCerts.
func (i *Issuer) Root() *x509.Certificate { return i.root.Certificate }

// ClientCertRules returns auth.DialogflowClientCerts with the test's root in
// place of the real one, and without the rule that ends.
func (i *Issuer) ClientCertRules() []auth.ClientCertRule {
	rules := auth.DialogflowClientCerts()[:1]
	rules[0].Roots = []*x509.Certificate{i.root.Certificate}
	return rules
}

// Options make a caller prove itself as Dialogflow does, in whichever way the
// resource asks for; secrets are left to caller.WithSecrets.
func (i *Issuer) Options() []caller.Option {
	i.tb.Helper()
	return []caller.Option{
		caller.WithTokens(i.Token),
		caller.WithOAuth(caller.OAuthConfig{Client: i.client}),
		caller.WithClientCertificate(i.Certificate()),
	}
}
