package caller

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cxhook/cxhook/flexible"
)

// standard is the protocol of standard webhooks: the whole request out, a
// WebhookResponse back.
type standard struct{ c *Caller }

func (s standard) outgoing(_ context.Context, t *Turn, _ *flexible.Env) (*outgoing, error) {
	if t.Request == nil {
		return nil, errors.New("caller: a standard webhook needs Turn.Request")
	}
	body, err := encodeRequest(t.Request, &s.c.cfg)
	if err != nil {
		return nil, err
	}
	return &outgoing{method: http.MethodPost, url: s.c.url, body: body}, nil
}

func (s standard) incoming(res *Result) error {
	if err := s.c.checkAnswer(res.Header, res.Body); err != nil {
		return err
	}
	resp, err := s.c.decodeResponse(res.Body)
	if err != nil {
		return err
	}
	warnings, err := s.c.checkResponse(resp)
	if err != nil {
		return err
	}
	if err := s.merge(res, resp); err != nil {
		return err
	}
	res.Response, res.Warnings = resp, append(res.Warnings, warnings...)
	return nil
}

// merge applies an answer to the conversation in res. It changes nothing when
// it fails.
func (s standard) merge(res *Result, resp *cxpb.WebhookResponse) error {
	switch mode := resp.GetFulfillmentResponse().GetMergeBehavior(); mode {
	case cxpb.WebhookResponse_FulfillmentResponse_REPLACE:
		res.Messages = nil
	case cxpb.WebhookResponse_FulfillmentResponse_APPEND,
		cxpb.WebhookResponse_FulfillmentResponse_MERGE_BEHAVIOR_UNSPECIFIED:
	default:
		return fmt.Errorf("unknown merge behaviour %d", mode)
	}
	for _, m := range resp.GetFulfillmentResponse().GetMessages() {
		res.Messages = append(res.Messages, proto.CloneOf(m))
	}
	s.mergeSession(res, resp.GetSessionInfo().GetParameters())
	s.mergeForm(res, resp.GetPageInfo().GetFormInfo().GetParameterInfo())
	res.TargetPage, res.TargetFlow = resp.GetTargetPage(), resp.GetTargetFlow()
	if resp.GetPayload() != nil {
		res.Payload = proto.CloneOf(resp.GetPayload())
	}
	return nil
}

// mergeSession sets the parameters of an answer, in the order of their names,
// and removes those that are null.
func (s standard) mergeSession(res *Result, params map[string]*structpb.Value) {
	if len(params) == 0 {
		return
	}
	set := s.c.paramsOf(res.Session)
	for _, name := range slices.Sorted(maps.Keys(params)) {
		set.put(name, params[name].AsInterface())
	}
}

// mergeForm changes values and invalidates parameters of the page's form. The
// webhook cannot add parameters, and the other fields are ignored.
func (s standard) mergeForm(res *Result, infos []*cxpb.PageInfo_FormInfo_ParameterInfo) {
	if len(infos) == 0 {
		return
	}
	form := map[string]*cxpb.PageInfo_FormInfo_ParameterInfo{}
	known := &names{folded: !s.c.cfg.caseSensitive}
	for _, p := range res.Page.GetFormInfo().GetParameterInfo() {
		if form[p.GetDisplayName()] == nil {
			form[p.GetDisplayName()] = p
			known.add(p.GetDisplayName())
		}
	}
	invalidated := map[string]bool{}
	for _, in := range infos {
		p := form[known.find(in.GetDisplayName())]
		if p == nil {
			res.Warnings = append(res.Warnings,
				fmt.Sprintf("form parameter %q ignored: the page has none of that name", in.GetDisplayName()))
			continue
		}
		switch {
		case in.GetState() == cxpb.PageInfo_FormInfo_ParameterInfo_INVALID:
			p.State = cxpb.PageInfo_FormInfo_ParameterInfo_INVALID
			p.Value = nil
			if name := p.GetDisplayName(); !invalidated[name] {
				invalidated[name] = true
				res.Invalidated = append(res.Invalidated, name)
			}
		case in.GetValue() == nil:
		case isNull(in.GetValue()):
			p.State = cxpb.PageInfo_FormInfo_ParameterInfo_EMPTY
			p.Value = nil
		default:
			p.State = cxpb.PageInfo_FormInfo_ParameterInfo_FILLED
			p.Value = proto.CloneOf(in.GetValue())
		}
	}
}

func isNull(v *structpb.Value) bool {
	_, null := v.GetKind().(*structpb.Value_NullValue)
	return null
}
