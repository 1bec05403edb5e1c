package auth_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
)

func TestDialogflowClientCerts(t *testing.T) {
	t.Parallel()
	rules := auth.DialogflowClientCerts()
	if len(rules) != 2 || rules[0].CommonName != "Google LLC" || rules[1].DNSName != "*.dialogflow.com" {
		t.Fatalf("rules %+v", rules)
	}
	// The fingerprint that Dialogflow's documentation gives.
	const want = "85666a562ee0be5ce925c1d8890a6f76a87ec16d4d7d5f29ea7419cf20123b69"
	sum := sha256.Sum256(rules[0].Roots[0].Raw)
	if got := hex.EncodeToString(sum[:]); got != want || len(rules[0].Roots) != 1 {
		t.Errorf("%d roots, the first with fingerprint %s, want one with %s", len(rules[0].Roots), got, want)
	}
	if !rules[0].Until.IsZero() || !rules[1].Until.Equal(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("ends %v and %v", rules[0].Until, rules[1].Until)
	}
	for _, r := range rules {
		for _, root := range r.Roots {
			if err := root.CheckSignatureFrom(root); err != nil {
				t.Errorf("%s: %v", root.Subject, err)
			}
		}
	}
	for _, root := range rules[1].Roots {
		if !bytes.Contains(root.RawSubject, []byte("Google Trust Services")) {
			t.Errorf("root %s is not Google's", root.Subject)
		}
	}
}

func TestMTLSConfigRefused(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	leaf := a.google(t).Leaf
	rule := func(change func(*auth.ClientCertRule)) []auth.ClientCertRule {
		r := a.rules()[:1]
		change(&r[0])
		return r
	}
	for name, rules := range map[string][]auth.ClientCertRule{
		"zero value":       nil,
		"no label":         rule(func(r *auth.ClientCertRule) { r.Label = "" }),
		"no name":          rule(func(r *auth.ClientCertRule) { r.CommonName = "" }),
		"no anchor":        rule(func(r *auth.ClientCertRule) { r.Roots = nil }),
		"nil anchor":       rule(func(r *auth.ClientCertRule) { r.Roots = []*x509.Certificate{nil} }),
		"leaf as anchor":   rule(func(r *auth.ClientCertRule) { r.Roots = []*x509.Certificate{leaf} }),
		"zero second rule": append(a.rules()[:1], auth.ClientCertRule{}),
	} {
		if m, err := auth.NewMTLS(auth.MTLSConfig{Rules: rules}); err == nil {
			t.Errorf("%s: %v, want it refused", name, m)
		}
		m := a.mtls(t, nil)
		if err := m.SetRules(rules); err == nil {
			t.Errorf("%s: SetRules took it", name)
		}
	}
}

// TestMTLSAlone: a certificate of Dialogflow's proves Google, not one's agent.
func TestMTLSAlone(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	weak := a.mtls(t, func(c *auth.MTLSConfig) { c.Alone = false })
	strong := auth.VerifierFunc(func(*http.Request) (auth.Identity, error) { return auth.Identity{}, errors.New("no") })
	for _, tt := range []struct {
		name   string
		v      auth.Verifier
		panics bool
	}{
		{"alone", weak, true},
		{"one of several ways in", auth.Any(strong, weak), true},
		{"two of it", auth.All(weak, weak), true},
		{"together with another", auth.All(weak, strong), false},
		{"alone by the word", a.mtls(t, nil), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if p := recover(); (p != nil) != tt.panics || p != nil && !strings.Contains(fmt.Sprint(p), "Alone") {
					t.Errorf("panic %v, want one: %t", p, tt.panics)
				}
			}()
			auth.Require(tt.v)
		})
	}
}
