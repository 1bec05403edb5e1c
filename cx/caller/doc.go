// Package caller acts as Dialogflow CX for one webhook: it takes the resource
// that Dialogflow has, calls the service the way Dialogflow calls it, and says
// what the answer, or the failure, means for the conversation.
//
//	w := &cxpb.Webhook{Webhook: &cxpb.Webhook_GenericWebService_{
//		GenericWebService: &cxpb.Webhook_GenericWebService{Uri: "https://orders.example.com/webhook"},
//	}}
//	c, err := caller.New(w, caller.ToHandler(service))
//	res, err := c.Call(ctx, &caller.Turn{Request: req})
//	switch {
//	case err != nil:             // nothing was called: a nil request, ctx is over, …
//	case res.Failure != nil:     // the agent would raise res.Failure.Event
//	default:                     // res.Messages, res.Session, res.TargetPage …
//	}
//
// # What is sent
//
// Standard webhooks get a POST with the headers that recorded calls carry
// (User-Agent Google-Dialogflow, Accept, Accept-Encoding, Content-Type
// application/json, Content-Length, Connection) and the request as Google
// prints it: two spaces of indentation, keys in the order of the field
// numbers, default values left out, < > & ' escaped, text of other scripts
// raw. Queued messages carry the undocumented keys redactedText and source.
// Configured headers, basic credentials and the headers of the turn are added;
// names that Dialogflow does not allow are dropped and named in
// [Result.Warnings].
//
// The protocol is HTTP/1.1. Redirects are not followed, cookies not kept,
// proxies of the environment not used. The scheme must be https and the
// address a public one, unless [AllowLocal] is given.
//
// # What is answered
//
// The answer of a standard webhook must be a WebhookResponse in JSON that holds
// what the reference of the API requires: a message has content, a text message
// a text. Otherwise the call fails ([BadAnswer]). What Dialogflow ignores or
// does not document, such as a target that is not a full name, is named in
// [Result.Warnings]. Both are told apart as cx.Validate and cx.NewHTTPHandler
// do; see [LenientAnswers].
//
// # Flexible webhooks
//
// A flexible resource (package flexible makes, loads and checks them) is called
// with the method, URL and body that it defines, made of the parameters of
// [Turn.Scopes]; its answer changes the parameters that it maps, in
// [Result.Session] and [Result.Flow], and nothing else. Headers, timeouts,
// retries, limits and failures are those of standard webhooks, and so is the
// code of the caller:
//
//	res, err := c.Call(ctx, &caller.Turn{Scopes: caller.Scopes{
//		Session: map[string]any{"order-id": 17.0},
//		Flow:    map[string]any{"token": "t"},
//	}})
//
// References and system functions in the values of configured headers are
// evaluated for both kinds.
//
// # Limits
//
// Each attempt may take the timeout of the resource: 5 seconds by default, at
// most 30. A failure that the retry policy calls passing is tried once more,
// so that a call may take twice the timeout. Answers may be 65,536 bytes long,
// counted after decompression; not more than that is read.
//
// # What is open
//
// Dialogflow's documentation leaves behaviours open. The package decides each
// of them and names the decision in an option: see [WithRetry],
// [WithRetryDelay], [LenientAnswers], [EmptyAnswers], [AnyContentType],
// [OnlyStatus200], [NotFoundOn404], [CaseSensitiveNames],
// [WithAuthorizationOrder], [WithoutUndocumentedKeys], [DecimalNumbers],
// [WithKeepAlive] and [WithFlexible]. Where it is open the default is the stricter one: what
// passes here is not expected to fail there.
//
// What the package cannot have it takes from functions: the content of
// secrets ([WithSecrets], [WithSecretSources]), tokens ([WithTokens]),
// addresses of a service directory ([WithServiceDirectory]). The tokens of an
// OAuth server it fetches itself ([WithOAuth]).
//
// Sources: https://docs.cloud.google.com/dialogflow/cx/docs/concept/webhook and
// https://docs.cloud.google.com/dialogflow/cx/docs/concept/handler.
package caller
