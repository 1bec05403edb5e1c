package auth_test

import (
	"crypto/tls"
	"crypto/x509"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/auth/secretmanager"
	"github.com/cxhook/cxhook/auth/webhookauth"
)

// TestZeroConfigsAreRefused goes through every exported configuration of the
// package and of those below it: the sources are read, so that none is
// forgotten.
func TestZeroConfigsAreRefused(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	constructors := map[string]func() error{
		"BasicConfig":             func() error { _, err := auth.NewBasic(auth.BasicConfig{}); return err },
		"CertificateFilesConfig":  func() error { _, err := auth.NewCertificateFiles(auth.CertificateFilesConfig{}); return err },
		"GoogleAccessTokenConfig": func() error { _, err := auth.NewGoogleAccessToken(auth.GoogleAccessTokenConfig{}); return err },
		"HeaderConfig":            func() error { _, err := auth.NewHeader(auth.HeaderConfig{}); return err },
		"IDTokenConfig":           func() error { _, err := auth.NewIDToken(auth.IDTokenConfig{}); return err },
		"IntrospectionConfig":     func() error { _, err := auth.NewIntrospection(auth.IntrospectionConfig{}); return err },
		"JWTConfig":               func() error { _, err := auth.NewJWT(auth.JWTConfig{}); return err },
		"KeySetConfig":            func() error { _, err := auth.NewKeySet(auth.KeySetConfig{}); return err },
		"MTLSConfig":              func() error { _, err := auth.NewMTLS(auth.MTLSConfig{}); return err },
		"ProxyMTLSConfig":         func() error { _, err := auth.NewProxyMTLS(auth.ProxyMTLSConfig{}); return err },
		"SecretEnvConfig":         func() error { _, err := auth.SecretEnv("", auth.SecretEnvConfig{}); return err },
		"SecretWatchConfig":       func() error { _, err := auth.NewSecretWatch(ctx, auth.SecretWatchConfig{}); return err },
		"SignatureConfig":         func() error { _, err := auth.NewSignatureVerifier(auth.SignatureConfig{}); return err },
		"SignatureSignerConfig":   func() error { _, err := auth.NewSignatureSigner(auth.SignatureSignerConfig{}); return err },
		"SignerConfig":            func() error { _, err := auth.NewSigner(auth.SignerConfig{}); return err },
		"TokenEndpointConfig":     func() error { _, err := auth.NewTokenEndpoint(auth.TokenEndpointConfig{}); return err },
		"secretmanager.Config":    func() error { _, err := secretmanager.Open(ctx, secretmanager.Config{}); return err },
		"webhookauth.Config":      func() error { _, err := webhookauth.New(nil, webhookauth.Config{}); return err },
	}
	declared := []string{}
	for dir, prefix := range map[string]string{".": "", "secretmanager": "secretmanager.", "webhookauth": "webhookauth."} {
		for _, name := range declarations(t, dir).structs {
			if strings.HasSuffix(name, "Config") {
				declared = append(declared, prefix+name)
			}
		}
	}
	declared = slices.DeleteFunc(declared, func(name string) bool {
		return name == "LookupConfig" // a part of others, which means the defaults where it is zero
	})
	slices.Sort(declared)
	if diff := cmp.Diff(declared, slices.Sorted(maps.Keys(constructors))); diff != "" {
		t.Errorf("the configurations of the packages and of this test differ (-packages +test):\n%s", diff)
	}
	for name, construct := range constructors {
		if construct() == nil {
			t.Errorf("a zero %s is accepted", name)
		}
	}
}

// TestZeroVerifiersRefuse: a verifier that no constructor has made lets nobody
// in, whatever a request brings.
func TestZeroVerifiersRefuse(t *testing.T) {
	t.Parallel()
	zero := map[string]auth.Verifier{
		"Header": &auth.Header{}, "Basic": &auth.Basic{}, "JWT": &auth.JWT{}, "IDToken": &auth.IDToken{},
		"Introspection": &auth.Introspection{}, "GoogleAccessToken": &auth.GoogleAccessToken{},
		"MTLS": &auth.MTLS{}, "ProxyMTLS": &auth.ProxyMTLS{}, "SignatureVerifier": &auth.SignatureVerifier{},
		"VerifierFunc": auth.VerifierFunc(func(*http.Request) (id auth.Identity, err error) { return id, err }),
	}
	if diff := cmp.Diff(declarations(t, ".").verifiers, slices.Sorted(maps.Keys(zero))); diff != "" {
		t.Errorf("the verifiers of the package and of this test differ (-package +test):\n%s", diff)
	}
	s := newSigner(t, "k1", "RS256", rsaKey())
	a := newAuthorities(t)
	leaf := issue(t, a.ssl, a.ssl.Client("Google LLC")).Leaf
	for name, v := range zero {
		for kind, credential := range map[string]string{
			"none": "", "basic": "Basic dTpw", "token": "Bearer " + sign(t, s, goodClaims()), "opaque": "Bearer " + opaque,
		} {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}"))
			r.TLS = &tls.ConnectionState{
				PeerCertificates: []*x509.Certificate{leaf}, VerifiedChains: [][]*x509.Certificate{{leaf, leaf}},
			}
			r.Header[""] = []string{"x"}
			if credential != "" {
				r.Header.Set("Authorization", credential)
			}
			w := httptest.NewRecorder()
			guard := auth.Require(auth.All(pass("a"), v), auth.WithLogger(slog.New(slog.DiscardHandler)))
			guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				t.Errorf("a zero %s passes a request with the credential %q", name, kind)
			})).ServeHTTP(w, r)
			if w.Code != http.StatusUnauthorized && w.Code != http.StatusServiceUnavailable {
				t.Errorf("a zero %s answers %d to the credential %q", name, w.Code, kind)
			}
		}
	}
}

func TestZeroSignerFails(t *testing.T) {
	t.Parallel()
	if token, err := new(auth.Signer).Sign("JWT", goodClaims()); err == nil {
		t.Errorf("a zero signer makes %q", token)
	}
	if jwks, err := new(auth.Signer).JWKS(); err == nil {
		t.Errorf("a zero signer publishes %s", jwks)
	}
}

// declared is what a package declares.
type declared struct{ structs, verifiers []string }

// declarations reads the exported structs and verifiers of the package in dir.
func declarations(t *testing.T, dir string) declared {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no sources in %q: %v", dir, err)
	}
	var d declared
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, src, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				if _, ok := n.Type.(*ast.StructType); ok && n.Name.IsExported() {
					d.structs = append(d.structs, n.Name.Name)
				}
			case *ast.FuncDecl:
				if n.Recv != nil && n.Name.Name == "Verify" {
					typ := n.Recv.List[0].Type
					if star, ok := typ.(*ast.StarExpr); ok {
						typ = star.X
					}
					if id := typ.(*ast.Ident); id.IsExported() {
						d.verifiers = append(d.verifiers, id.Name)
					}
				}
			}
			return true
		})
	}
	slices.Sort(d.verifiers)
	return d
}
