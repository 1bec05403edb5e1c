// Package flexible builds, checks, plays and serves the flexible webhooks of
// Dialogflow CX: HTTP calls whose method, URL, headers and JSON body an agent
// defines with parameter references ($session.params.size), and whose answer
// is taken apart by paths ($.order.status) into parameters. Dialogflow sends
// no WebhookRequest and reads no WebhookResponse then.
//
// One resource, a *cxpb.Webhook, is read three ways: [Describe] makes it from
// Go types, [Compile] plays Dialogflow's part of it, and [NewHandler] serves
// the calls that it makes.
//
//	type lookup struct {
//		Order string `cx:"path:order,required" param:"order-number"`
//		Full  bool   `cx:"query:full"`
//	}
//
//	type found struct {
//		Status string  `json:"status" param:"order-status"`
//		Total  float64 `json:"total" param:"$flow.total"`
//	}
//
//	func find(ctx context.Context, in lookup) (found, error) {
//		o, ok := shop.Order(in.Order)
//		if !ok {
//			return found{}, flexible.Errorf(http.StatusNotFound, "no order %q", in.Order)
//		}
//		return found{Status: o.Status, Total: o.Total}, nil
//	}
//
//	func main() {
//		resource, err := flexible.Describe[lookup, found](flexible.Endpoint{
//			DisplayName: "find-order",
//			Method:      http.MethodGet,
//			URL:         "https://shop.example/orders/{order}",
//		})
//		// resource goes to the agent: its URL is now
//		// https://shop.example/orders/$session.params.order-number?full=$session.params.full
//		http.Handle("GET /orders/{order}", guard(flexible.NewHandler(find)))
//		…
//	}
//
// # Dialogflow's part
//
// [Compile] checks a resource once and names every fault with its place.
// [Webhook.NewRequest] makes the call for a set of parameters and
// [Webhook.Extract] takes the parameters out of the answer:
//
//	w, err := flexible.Compile(resource)
//	req, err := w.NewRequest(ctx, map[string]any{"order-number": "A/7", "full": true})
//	// GET https://shop.example/orders/A%2F7?full=true
//	params, err := w.Extract([]byte(`{"status":"sent","total":9.5}`))
//	// map[$flow.total:9.5 order-status:sent]
//
// Parameter maps have the keys of a resource's parameterMapping: x is the
// session parameter x and $flow.x the flow parameter x. Maps given to
// NewRequest may hold other scopes as they are referred to, such as
// $request.webhook_status_code or $intent.params.size.original. Values are
// nil, bool, string, numbers, []any and map[string]any; answers hold float64
// numbers, as Dialogflow keeps them. Names are compared without regard to
// case.
//
// # References
//
//   - In the body a reference stands inside a JSON string. A string that is
//     exactly one reference becomes the value with its JSON type; in a longer
//     string it becomes the text that Dialogflow's messages show: a number in
//     its shortest form, an object as compact JSON or as its "original", the
//     items of a list joined by a comma. Keys are never changed. The body may
//     be any JSON value, a list too.
//   - In the URL a value is one path segment or a part of the query: whatever
//     is not a letter, digit or one of -._~ is percent-encoded, lists and
//     objects are JSON first. A value that would give a dot segment is
//     refused with a [ValueError], also when it is encoded once more or twice.
//     Scheme, host and port never come from a reference.
//   - In header values references and system functions are evaluated. A value
//     that holds a control character is refused.
//   - Everything is replaced in one pass: a $ in a value is text.
//
// System functions are evaluated in header values only; in a URL or body
// $sys.func.NOW() is text, and [Webhook.Warnings] says so.
//
// What is unset, or null, is what [WithUnset] says. The documentation of
// Dialogflow is silent; by default it is null for a whole body string, empty
// in a URL and the reference as written within a longer body string or a
// header value.
//
// # Answers
//
// The value of a mapping is a [Path]: JSONPath, the leading $. optional. A
// path that can have many results ([*], a filter) gives a list, also of one or
// none. A definite path that finds nothing gives null, which makes Dialogflow
// forget the parameter, or leaves it alone with [KeepMissing]; the
// documentation is silent here too. An answer is at most [MaxResponseBytes]
// long.
//
// # Limits
//
// Compiled webhooks, templates and paths are immutable and safe for concurrent
// use. Rendering and mapping take time in proportion to what they read and
// write. A rendered text is at most [MaxRenderedBytes] long. Nothing here sends
// a request, authenticates one or follows a redirect: cx/caller does.
//
// Sources: https://docs.cloud.google.com/dialogflow/cx/docs/concept/webhook and
// https://docs.cloud.google.com/dialogflow/cx/docs/concept/parameter.
package flexible
