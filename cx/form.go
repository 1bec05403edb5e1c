package cx

import (
	"strings"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/answer"
)

// InvalidateFormParam makes a parameter of the current page's form invalid:
// the agent asks for it again, or raises sys.invalid-parameter for it. Say why
// in a [Text] of the same answer. A parameter that the form does not have is
// ignored by Dialogflow; a webhook cannot add one.
//
// Source: https://docs.cloud.google.com/dialogflow/cx/docs/concept/handler.
func InvalidateFormParam(name string) Part {
	return func(resp *cxpb.WebhookResponse) error {
		p, err := formParam(resp, "InvalidateFormParam", name)
		if err != nil {
			return err
		}
		p.State = cxpb.PageInfo_FormInfo_ParameterInfo_INVALID
		return nil
	}
}

// SetFormParam changes the value of a parameter of the current page's form.
// [SetParam] says which values there are; nil is null. Together with
// [InvalidateFormParam] for the same parameter it makes one entry.
func SetFormParam(name string, value any) Part {
	return func(resp *cxpb.WebhookResponse) error {
		v, err := answer.Value(value)
		if err != nil {
			return failed("SetFormParam", "pageInfo.formInfo.parameterInfo"+answer.Key(name), err)
		}
		p, err := formParam(resp, "SetFormParam", name)
		if err != nil {
			return err
		}
		p.Value = v
		return nil
	}
}

// formParam returns the entry of a parameter, which it adds if it is not
// there.
func formParam(resp *cxpb.WebhookResponse, kind, name string) (*cxpb.PageInfo_FormInfo_ParameterInfo, error) {
	if err := answer.CheckParamName(name); err != nil {
		return nil, failed(kind, "pageInfo.formInfo.parameterInfo"+answer.Key(name), err)
	}
	if resp.PageInfo == nil {
		resp.PageInfo = new(cxpb.PageInfo)
	}
	if resp.PageInfo.FormInfo == nil {
		resp.PageInfo.FormInfo = new(cxpb.PageInfo_FormInfo)
	}
	form := resp.PageInfo.FormInfo
	for _, p := range form.ParameterInfo {
		if strings.EqualFold(p.GetDisplayName(), name) {
			return p, nil
		}
	}
	p := &cxpb.PageInfo_FormInfo_ParameterInfo{DisplayName: name}
	form.ParameterInfo = append(form.ParameterInfo, p)
	return p, nil
}
