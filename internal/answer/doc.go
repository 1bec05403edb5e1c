// Package answer holds the rules for what a webhook may answer: it makes
// protobuf values of Go values and checks a finished WebhookResponse.
//
// Package cx builds with it and checks with it what handlers return; callers
// and test tools check with it what a service answered, so that both sides
// mean the same by a good answer.
//
// # Two weights
//
// [Check] knows two weights of faults. An error is an answer that breaks the
// API's own reference: it cannot be written as the JSON of a WebhookResponse
// (a value that is not set, NaN, text that is not UTF-8), it leaves out what
// the reference calls required, it names an enum by a number that does not
// exist, or it passes a limit of depth. Such an answer fails the call.
//
// Everything else is lesser: what Dialogflow ignores (output-only fields,
// names of the page and session, form states other than INVALID), and what
// the documentation leaves open (empty texts, targets that are no full names,
// phone numbers that are not E.164, parameter names outside the documented
// alphabet). Such an answer may go out; a log line should tell. [Strict]
// treats both as errors, which is right for an answer that is being built.
//
// Whether Dialogflow itself refuses the lesser ones is not documented.
//
// # What is never in an error
//
// Faults name the place and the kind of the fault. They hold the names of
// parameters and of fields in objects, never their values, since values may be
// personal data.
//
// Sources: the comments of webhook.proto and response_message.proto of
// google.cloud.dialogflow.cx.v3, and
// https://docs.cloud.google.com/dialogflow/cx/docs/concept/webhook,
// …/concept/parameter (alphabet of names), …/concept/fulfillment (depth of
// custom payloads).
package answer
