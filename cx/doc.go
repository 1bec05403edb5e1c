// Package cx serves the standard webhooks of Dialogflow CX (Conversational
// Agents): it routes calls to handlers by tag, reads their parameters into Go
// values, builds answers, and keeps to what Dialogflow accepts.
//
// A service registers handlers in a [Mux], wraps it by [NewHTTPHandler] and
// serves it:
//
//	hooks := cx.NewMux()
//	hooks.Handle("confirm-order", cx.Typed(confirm))
//	r := cx.NewRouter()
//	r.Handle("/webhook", guard(cx.NewHTTPHandler(hooks))).Methods("POST")
//	err := cx.Serve(ctx, r)
//
// where guard comes from auth.Require and confirm is a plain function:
//
//	type order struct {
//		Size  string `cx:"size,required"`
//		Count int64  `cx:"count"`
//	}
//
//	func confirm(ctx context.Context, in order) (*cxpb.WebhookResponse, error) {
//		return cx.Respond(
//			cx.Textf("%d shirts in %s, on their way.", in.Count, in.Size),
//			cx.SetParam("cancel-period", 2),
//			cx.ClearParam("draft"),
//		)
//	}
//
// # Handlers
//
// A [Handler] gets the protobuf request and returns the protobuf response;
// nothing is wrapped. [Typed] makes one from a function with a struct of
// parameters. [Respond] builds a response from parts and checks it.
//
// # Failures
//
// A handler that fails returns an error. [Errorf] chooses the status and the
// text for the caller; [Error.WithCause] keeps the cause for the log. The
// status decides which event the agent raises; only the statuses that
// Dialogflow knows leave the process, and a failure is never a 200.
//
// # Limits
//
// Requests are limited to 1 MiB, 64 levels and 65,536 JSON values, answers to
// the 65,536 bytes that Dialogflow accepts, checked before the first byte is
// written. The handler's context ends shortly before the timeout of the
// webhook (5 s unless [WithTimeout] says otherwise, at most 30 s), and the
// call is answered then whether or not the handler heeds it.
//
// Dialogflow repeats a call once when the first attempt timed out or could not
// be delivered: handlers must be ready to see a request twice, unless
// [WithOnce] lets the repeated call have the answer of the first. That is an
// option, since it takes a store, and since a handler that only reads has no
// need of it.
//
// # Speed
//
// A call of a handler of [Typed] needs about a seventh of the instructions that
// the same call needs with protojson, a plain [Handler] a sixth; Typed builds no
// message. The module measures that:
//
//	go run ./internal/bench        # times, allocations, requests in a second
//	internal/bench/gate.sh         # counted instructions
//
// A message shares memory with the body of its request: whoever keeps a small
// part of it for long should keep a copy, such as strings.Clone makes.
//
// # What it does not do
//
// Package cx does not authenticate its callers: anyone who can reach the
// service can call it, unless a verifier of package auth stands before it. It
// does not serve flexible webhooks, which package flexible does, nor does it
// decompress request bodies.
//
// The rules are those of
// https://docs.cloud.google.com/dialogflow/cx/docs/concept/webhook and of the
// comments in the protobuf definitions.
package cx
