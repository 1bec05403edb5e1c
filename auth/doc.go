// Package auth verifies that a call of a webhook comes from Dialogflow CX, or
// from another system that may call it.
//
// A [Verifier] decides about one request, [Require] puts it before a handler,
// and [All] and [Any] combine several. Each scheme has one constructor, whose
// configuration is refused when anything is missing, and each ships what a
// test needs to make its credentials.
//
// # Answers
//
// A request without a good credential is answered 401, a genuine credential
// that is not allowed here 403, and 503 when the decision needs something that
// is down: Dialogflow raises webhook.error.rejected for the first two and
// webhook.error.unavailable for the last. The body is small and fixed. Why a
// request was refused is only in the log, as one record with a [Reason].
//
// Nothing of a request and no secret is ever logged by this package.
package auth
