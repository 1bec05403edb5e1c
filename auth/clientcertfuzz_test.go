package auth_test

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cxhook/cxhook/auth"
)

// judge returns whether the verifier accepts a request with the one header,
// and its status and reason otherwise.
func judge(t *testing.T, v auth.Verifier, headers ...string) (ok bool, status int) {
	t.Helper()
	r := (vector{}).request(t.Context())
	r.RemoteAddr = "127.0.0.1:1"
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if _, err := v.Verify(r); err != nil {
		return false, refusalOf(t, err).Status
	}
	return true, 200
}

// FuzzXFCC takes any header. What a proxy adds behind it decides alone, what
// stands before it changes nothing, and a name has to be there to be accepted.
func FuzzXFCC(f *testing.F) {
	for _, s := range []string{
		xfccGood, xfccEvil, xfccGood + "," + xfccEvil, `Subject="`, `Subject="\"";DNS=*.dialogflow.com`, `Cert="%41"`,
		`URI=a=b;DNS="x,y"`, `Subject="CN=Google LLC\\"`, "", ",", `A=B,Subject="CN=Google\20LLC"`,
	} {
		f.Add(s)
	}
	v := proxyVerifier(f, proxyConfig(auth.EnvoyXFCC))
	f.Fuzz(func(t *testing.T, s string) {
		ok, status := judge(t, v, auth.XFCCHeader, s)
		if ok && !strings.Contains(s, "LLC") && !strings.Contains(strings.ToLower(s), "*.dialogflow.com") &&
			!strings.Contains(s, `\`) && !strings.Contains(s, "#") {
			t.Errorf("%q is accepted and has no name", s)
		}
		if s == "" {
			return
		}
		if behind, _ := judge(t, v, auth.XFCCHeader, s+","+xfccEvil); behind {
			t.Errorf("%q is accepted although another element follows", s)
		}
		if len(s) > 32<<10 || strings.Count(s, ",") > 10 {
			return // the longer one may pass a limit
		}
		if before, other := judge(t, v, auth.XFCCHeader, xfccEvil+","+s); before != ok || other != status {
			t.Errorf("%q: status %d alone, %d behind another element", s, status, other)
		}
	})
}

// FuzzXFCCSubject takes any subject and writes it as Envoy does. It must not
// break out of its quotes: the element is accepted only for what the subject
// says.
func FuzzXFCCSubject(f *testing.F) {
	for _, s := range []string{"CN=Google LLC", `CN=x";DNS=*.dialogflow.com;A="`, `CN=x\`, `CN=x\\`, `CN=a\22,CN=Google LLC`, `O=\",CN=Google LLC`} {
		f.Add(s)
	}
	envoy := proxyVerifier(f, proxyConfig(auth.EnvoyXFCC))
	google := proxyVerifier(f, proxyConfig(auth.GoogleLoadBalancer))
	f.Fuzz(func(t *testing.T, subject string) {
		header := `Hash=00;Subject="` + strings.ReplaceAll(subject, `"`, `\"`) + `";DNS=evil.example`
		ok, _ := judge(t, envoy, auth.XFCCHeader, header)
		plain, _ := judge(t, google, "X-Client-Cert-Present", "true", "X-Client-Cert-Chain-Verified", "true", "X-Client-Cert-Subject-DN", subject)
		if ok && !plain {
			t.Errorf("subject %q is accepted in %q and not by itself", subject, header)
		}
	})
}

// FuzzSubject writes names by the standard library and reads them back: a
// subject is accepted if and only if its one common name is the rule's.
func FuzzSubject(f *testing.F) {
	f.Add("Google LLC", "Google LLC", false)
	f.Add("Google LLC", "x,CN=Evil", true)
	f.Add(" #a+b;c\\", "CN=Google LLC", false)
	v := proxyVerifier(f, proxyConfig(auth.GoogleLoadBalancer))
	f.Fuzz(func(t *testing.T, cn, org string, multi bool) {
		if !utf8.ValidString(cn+org) || strings.Contains(cn+org, "\x00") || len(cn)+len(org) > 500 || org == "" {
			return
		}
		name := pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: cn}
		other := pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, 10}, Value: org}
		sequence := pkix.RDNSequence{{name}, {other}}
		if multi {
			sequence = pkix.RDNSequence{{other, name}}
		}
		der, err := asn1.Marshal(sequence)
		if err != nil {
			return
		}
		for _, subject := range []string{sequence.String(), base64.StdEncoding.EncodeToString(der)} {
			ok, _ := judge(t, v, "X-Client-Cert-Present", "true", "X-Client-Cert-Chain-Verified", "true", "X-Client-Cert-Subject-DN", subject)
			if ok != (cn == "Google LLC") {
				t.Errorf("common name %q in %q: accepted %t", cn, subject, ok)
			}
		}
	})
}

// FuzzForwardedHeaders takes any values of the headers of Google's load
// balancers. Without the two words of consent nothing is accepted.
func FuzzForwardedHeaders(f *testing.F) {
	f.Add("true", "true", "", stdBase64("*.dialogflow.com"), "CN=Google LLC")
	f.Add("true", "true", "x", stdBase64("a")+","+stdBase64("*.dialogflow.com"), "MAA=")
	f.Add("TRUE", "1", "", ",", "CN")
	v := proxyVerifier(f, proxyConfig(auth.GoogleLoadBalancer))
	f.Fuzz(func(t *testing.T, present, verified, failure, sans, subject string) {
		ok, _ := judge(t, v, "X-Client-Cert-Present", present, "X-Client-Cert-Chain-Verified", verified,
			"X-Client-Cert-Error", failure, "X-Client-Cert-DNSName-SANs", sans, "X-Client-Cert-Subject-DN", subject)
		if ok && (present != "true" || verified != "true" || failure != "" || sans+subject == "") {
			t.Errorf("accepted %q %q %q %q %q", present, verified, failure, sans, subject)
		}
	})
}
