package auth_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/cxhook/cxhook/auth"
)

// A route for GitHub's events that accepts the current and the previous
// secret, and a signer in GitHub's place.
func ExampleNewSignatureVerifier() {
	const current, previous = "the-secret-since-this-week", "the-secret-until-last-week"
	verifier, err := auth.NewSignatureVerifier(auth.SignatureConfig{
		Scheme:  auth.GitHubSignature(),
		Secrets: auth.FixedSecrets(current, previous),
		Observe: func(e auth.Event) { fmt.Println(e.Name, e.Label) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	events := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := auth.IdentityFrom(r.Context())
		body, _ := io.ReadAll(r.Body)
		fmt.Printf("%s sent %s\n", id.Subject, body)
	})
	handler := auth.Require(verifier)(events)

	signer, err := auth.NewSignatureSigner(auth.SignatureSignerConfig{
		Scheme: auth.GitHubSignature(),
		Secret: auth.NewSecret(previous),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	const body = `{"zen":"Keep it logically awesome."}`
	r := httptest.NewRequest(http.MethodPost, "/github", strings.NewReader(body))
	if err := signer.Sign(r, []byte(body)); err != nil {
		fmt.Println(err)
		return
	}
	handler.ServeHTTP(httptest.NewRecorder(), r)
	// Output:
	// auth_old_secret_used 2
	// github sent {"zen":"Keep it logically awesome."}
}

// A scheme of one's own is data: here the time is in a header, and the
// content has a word in front.
func ExampleSignatureScheme() {
	scheme := auth.PlainSignature("X-Slack-Signature")
	scheme.Name = "slack"
	scheme.Headers[0].Timestamp = "X-Slack-Request-Timestamp"
	scheme.Versions[0].Tag = "v0="
	scheme.Content = "v0:{ts}:{body}"
	_, err := auth.NewSignatureVerifier(auth.SignatureConfig{
		Scheme:  scheme,
		Secrets: auth.FixedSecrets("a-signing-secret-of-slack"),
	})
	fmt.Println(err)

	scheme.Content = "{ts}{body}" // where does the time end?
	_, err = auth.NewSignatureVerifier(auth.SignatureConfig{
		Scheme:  scheme,
		Secrets: auth.FixedSecrets("a-signing-secret-of-slack"),
	})
	fmt.Println(err)
	// Output:
	// <nil>
	// auth: signature scheme "slack" signs the content "{ts}{body}", where {ts} has no clear end
}
