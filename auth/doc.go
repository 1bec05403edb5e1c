// Package auth verifies that a call of a webhook comes from Dialogflow CX, or
// from another system that may call it.
//
// A [Verifier] decides about one request, [Require] puts it before a handler,
// and [All] and [Any] combine several. The handler finds who calls by
// [IdentityFrom].
//
//	calls, err := auth.NewIDToken(auth.IDTokenConfig{
//		Audiences:      []string{"https://hooks.example.com/webhook"},
//		ProjectNumbers: []string{"123456789012"},
//	})
//	if err != nil {
//		return err
//	}
//	guard := auth.Require(calls)
//	mux.Handle("POST /webhook", guard(hooks))
//
// # Schemes
//
// Each has one constructor that takes a configuration and refuses one that is
// incomplete or could not be meant; what lowers the guard is a field with a
// plain name, such as AnyEmail. Each has its other side, which makes the
// credentials, for tests and for callers.
//
//	scheme                   verifier                proves                                   made by
//	static header            NewHeader               the caller knows a secret                http.Header.Set
//	basic                    NewBasic                the same                                 Request.SetBasicAuth
//	OAuth, signed token      NewJWT                  an issuer gave it to a listed client     NewSigner, NewTokenEndpoint
//	OAuth, opaque token      NewIntrospection        the same, and when it was revoked        NewTokenEndpoint
//	service agent ID token   NewIDToken              an agent of a listed project calls       Signer.IDToken
//	Google access token      NewGoogleAccessToken    somebody holds an account's token        Google alone
//	mutual TLS               NewMTLS and others      Google calls, not whose agent            certificates
//	signature                NewSignatureVerifier    who knows a secret made this body        its signer
//
// Only a signature covers the body. All the others can be repeated by whoever
// sees a request, so the server must be reached by TLS alone. A Google access
// token and a client certificate prove too little to stand alone: [Require]
// panics unless the configuration says that they may.
//
// # Answers
//
// A request without a good credential is answered 401, a genuine credential
// that is not allowed here 403, and 503 when the decision needs something that
// is down: Dialogflow raises webhook.error.rejected for the first two and
// webhook.error.unavailable for the last. The body is small and fixed. Why a
// request was refused is only in the log, as one record with a [Reason] and
// the id that the answer carries as X-Request-Id.
//
// Nothing of a request and no secret is ever logged by this package, and
// errors of other libraries are not passed on by their text.
//
// # Keys and lookups
//
// A [KeySet] fetches an issuer's keys when they are needed and keeps them while
// the issuer is down; a flood of bad tokens causes at most one fetch in each
// [DefaultRefetchInterval]. Opaque tokens are looked up at most once for each
// [DefaultLookupTTL], and unknown ones at a bounded rate.
//
// # Secrets
//
// What a verifier compares comes from a [SecretSource]: [SecretEnv] reads an
// environment variable, [SecretFile] follows a file, package secretmanager
// follows Secret Manager, [FixedSecrets] is for tests. During a rotation a
// source has several values, and all of them are accepted.
//
// # Limits
//
// Tokens have at most 8 KiB, clocks may differ by 30 seconds, and at most by
// [MaxLeeway]. Shared secrets have at least [MinSecretBytes]. Failed attempts
// are not counted: secrets of that length are not guessed, and a count could
// be used to lock Dialogflow out. Replayed tokens are not detected, since
// Dialogflow itself sends each one many times.
package auth
