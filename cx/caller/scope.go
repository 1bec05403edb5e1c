package caller

import (
	"strings"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/internal/expr"
)

// scope answers references from a turn: from its scopes, and where those are
// nil from its request. It serves one call and is not safe for concurrent use.
type scope struct {
	turn  *Turn
	space map[string]*expr.Index // what was looked up before
}

func newScope(t *Turn) *scope {
	return &scope{turn: t, space: map[string]*expr.Index{}}
}

// Value implements flexible.Scope.
func (s *scope) Value(space, name string) (any, bool) {
	params := s.space[space]
	if params == nil {
		params = &expr.Index{Params: s.params(space)}
		s.space[space] = params
	}
	return params.Find(name)
}

func (s *scope) params(space string) map[string]any {
	t := s.turn
	switch space {
	case expr.Session:
		if t.Scopes.Session != nil {
			return t.Scopes.Session
		}
		return t.session()
	case expr.Flow:
		return t.Scopes.Flow
	case expr.Intent:
		if t.Scopes.Intent != nil {
			return t.Scopes.Intent
		}
		return intentParams(t.Request)
	case expr.Page:
		if t.Scopes.Page != nil {
			return t.Scopes.Page
		}
		return pageParams(t.Request)
	case expr.Request:
		if t.Scopes.Request != nil {
			return t.Scopes.Request
		}
		return requestParams(t.Request)
	}
	return t.Scopes.Custom[space]
}

// intentParams returns both values of each parameter of the intent.
func intentParams(req *cxpb.WebhookRequest) map[string]any {
	params := map[string]any{}
	for name, p := range req.GetIntentInfo().GetParameters() {
		params[name] = map[string]any{
			"original": p.GetOriginalValue(),
			"resolved": p.GetResolvedValue().AsInterface(),
		}
	}
	return params
}

// pageParams returns the status of the form and of its parameters: FINAL when
// all required ones are filled, UPDATED for a value that was just given.
func pageParams(req *cxpb.WebhookRequest) map[string]any {
	params := map[string]any{}
	infos := req.GetPageInfo().GetFormInfo().GetParameterInfo()
	final, updated := len(infos) > 0, false
	for _, p := range infos {
		if p.GetJustCollected() {
			updated = true
			params[p.GetDisplayName()] = map[string]any{"status": "UPDATED"}
		}
		if p.GetRequired() && p.GetState() != cxpb.PageInfo_FormInfo_ParameterInfo_FILLED {
			final = false
		}
	}
	switch {
	case final:
		params["status"] = "FINAL"
	case updated:
		params["status"] = "UPDATED"
	}
	return params
}

// requestParams returns what of the request scope a webhook request holds.
func requestParams(req *cxpb.WebhookRequest) map[string]any {
	params := map[string]any{}
	set := func(name, value string) {
		if value != "" {
			params[name] = value
		}
	}
	_, id, _ := strings.Cut(req.GetSessionInfo().GetSession(), "/sessions/")
	set("session-id", id)
	set("user-utterance", req.GetText()+req.GetTranscript())
	set("language", req.GetLanguageCode())
	set("resolved-language", req.GetLanguageInfo().GetResolvedLanguageCode())
	if req.GetPayload() != nil {
		params["payload"] = req.GetPayload().AsMap()
	}
	return params
}
