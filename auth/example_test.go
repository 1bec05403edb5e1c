package auth_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/cxhook/cxhook/auth"
)

// call sends one request to a handler and prints the status and the body.
func call(h http.Handler, edit func(*http.Request)) {
	r := httptest.NewRequest(http.MethodPost, "/webhook", nil)
	edit(r)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
}

// hello says who calls.
func hello(w http.ResponseWriter, r *http.Request) {
	id, _ := auth.IdentityFrom(r.Context())
	fmt.Fprintf(w, "hello %s", id.Subject)
}

// The service agent of one project may call one webhook. In a test, a signer
// takes Google's place.
func ExampleNewIDToken() {
	signer, err := auth.NewSigner(auth.SignerConfig{Key: rsaKey(), KeyID: "test"})
	if err != nil {
		panic(err)
	}
	keys, err := signer.Keys()
	if err != nil {
		panic(err)
	}
	verifier, err := auth.NewIDToken(auth.IDTokenConfig{
		Audiences:      []string{"https://hooks.example.com/webhook"},
		ProjectNumbers: []string{"123456789012"},
		Keys:           keys, // leave it out to verify Google's tokens
	})
	if err != nil {
		panic(err)
	}
	handler := auth.Require(verifier)(http.HandlerFunc(hello))

	for _, project := range []string{"123456789012", "999"} {
		token, err := signer.IDToken(auth.DialogflowServiceAgent(project), "https://hooks.example.com/webhook", time.Now())
		if err != nil {
			panic(err)
		}
		call(handler, func(r *http.Request) { auth.SetBearer(r, token) })
	}
	// Output:
	// 200 hello service-123456789012@gcp-sa-dialogflow.iam.gserviceaccount.com
	// 403 {"error":{"status":403,"message":"not allowed"}}
}

// A password is rotated: both values are accepted until Dialogflow has the new
// one.
func ExampleNewBasic() {
	verifier, err := auth.NewBasic(auth.BasicConfig{
		Credentials: auth.FixedSecrets("dialogflow:new-password-91b7c2", "dialogflow:old-password-5ad1e8"),
		Observe:     func(e auth.Event) { fmt.Println(e.Name, e.Label) },
	})
	if err != nil {
		panic(err)
	}
	handler := auth.Require(verifier)(http.HandlerFunc(hello))
	call(handler, func(r *http.Request) { r.SetBasicAuth("dialogflow", "new-password-91b7c2") })
	call(handler, func(r *http.Request) { r.SetBasicAuth("dialogflow", "old-password-5ad1e8") })
	call(handler, func(*http.Request) {})
	// Output:
	// 200 hello dialogflow
	// auth_old_secret_used 2
	// 200 hello dialogflow
	// 401 {"error":{"status":401,"message":"no valid credential"}}
}

// A static header beside an ID token: both must be good.
func ExampleAll() {
	header, err := auth.NewHeader(auth.HeaderConfig{Name: "X-Api-Key", Secrets: auth.FixedSecrets("key-0a1b2c3d4e5f6071")})
	if err != nil {
		panic(err)
	}
	queue := auth.VerifierFunc(func(r *http.Request) (auth.Identity, error) {
		if r.Header.Get("X-Queue") != "orders" {
			return auth.Identity{}, auth.Refuse(http.StatusForbidden, "wrong_queue", nil)
		}
		return auth.Identity{Scheme: "queue", Subject: "orders"}, nil
	})
	handler := auth.Require(auth.All(header, queue))(http.HandlerFunc(hello))
	call(handler, func(r *http.Request) {
		r.Header.Set("X-Api-Key", "key-0a1b2c3d4e5f6071")
		r.Header.Set("X-Queue", "orders")
	})
	call(handler, func(r *http.Request) { r.Header.Set("X-Api-Key", "key-0a1b2c3d4e5f6071") })
	// Output:
	// 200 hello X-Api-Key
	// 403 {"error":{"status":403,"message":"not allowed"}}
}

// An OAuth issuer of one's own, and the verifier of its tokens.
func ExampleNewTokenEndpoint() {
	signer, err := auth.NewSigner(auth.SignerConfig{Key: p256Key(), KeyID: "2027-03", Algorithm: "ES256"})
	if err != nil {
		panic(err)
	}
	endpoint, err := auth.NewTokenEndpoint(auth.TokenEndpointConfig{
		Issuer: "https://issuer.example.com", Audience: "https://hooks.example.com", Signer: signer,
		Clients: []auth.TokenClient{{ID: "dialogflow", Secret: auth.FixedSecrets("client-secret-7d3f5b"), Scopes: []string{"webhook"}}},
	})
	if err != nil {
		panic(err)
	}
	keys, err := signer.Keys()
	if err != nil {
		panic(err)
	}
	verifier, err := auth.NewJWT(auth.JWTConfig{
		Issuer: "https://issuer.example.com", Audiences: []string{"https://hooks.example.com"},
		Clients: []string{"dialogflow"}, Scopes: []string{"webhook"}, RequireType: true,
		Keys: keys, Algorithms: []string{"ES256"},
	})
	if err != nil {
		panic(err)
	}
	token := tokenOf(endpoint, "dialogflow", "client-secret-7d3f5b")
	call(auth.Require(verifier)(http.HandlerFunc(hello)), func(r *http.Request) { auth.SetBearer(r, token) })
	// Output:
	// 200 hello dialogflow
}
