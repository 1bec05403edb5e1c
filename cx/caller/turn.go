package caller

import (
	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
)

// Turn is what Dialogflow knows when it calls a webhook. A call reads it and
// changes nothing in it, so one turn may serve several calls at once.
type Turn struct {
	// Request is the message that a standard webhook is sent, and the state
	// that its answer is merged into: session parameters, form, queued
	// messages. A standard webhook needs it. A flexible webhook is sent none
	// of it, but the parameters in it answer references that Scopes does
	// not.
	Request *cxpb.WebhookRequest

	// Scopes holds the parameters that references in the headers of any
	// webhook and in the URL and body of a flexible one may name.
	Scopes Scopes

	// Headers are those of queryParams.webhookHeaders of the detectIntent
	// call. They override the headers of the resource, by name without
	// regard to case.
	Headers map[string]string
}

// Scopes holds parameters as plain JSON values: nil, bool, float64, string,
// []any and map[string]any. A nil map of Session, Request, Intent or Page means
// that the scope is read from [Turn.Request] as far as that holds it.
type Scopes struct {
	Session map[string]any // $session.params.x
	Flow    map[string]any // $flow.x
	Request map[string]any // $request.x, such as session-id

	// Intent answers $intent.params.x.original and .resolved: each value is
	// a map with the keys original and resolved.
	Intent map[string]any
	// Page answers $page.params.status and $page.params.x.status: the key
	// status is a string, each other value a map with the key status.
	Page map[string]any
	// Custom holds the scopes of queryParams.parameterScope by name:
	// $name.params.x.
	Custom map[string]map[string]any
}

// session returns the session parameters that the call starts from, in a map
// that the caller may change.
func (t *Turn) session() map[string]any {
	if t.Scopes.Session != nil {
		return cloneMap(t.Scopes.Session)
	}
	params := t.Request.GetSessionInfo().GetParameters()
	m := make(map[string]any, len(params))
	for name, v := range params {
		m[name] = v.AsInterface()
	}
	return m
}

func cloneMap(m map[string]any) map[string]any {
	c := make(map[string]any, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}
