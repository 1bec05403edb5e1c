package answer

import (
	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
)

// Check returns the first fault of resp that is an error, as a [*Fault], or
// nil. Lesser faults that it meets on the way go to the function, which may be
// nil. A nil response is good.
//
// Check reads the response once and does not change it. It allocates only for
// faults, and ends on values that contain themselves.
func Check(resp *cxpb.WebhookResponse, lesser func(*Fault)) error {
	c := checker{lesser: lesser}
	if f := c.response(resp); f != nil {
		return f
	}
	return nil
}

// Strict returns the first fault of resp of either weight, as a [*Fault], or
// nil.
func Strict(resp *cxpb.WebhookResponse) error {
	var first *Fault
	err := Check(resp, func(f *Fault) {
		if first == nil {
			first = f
		}
	})
	if err == nil && first != nil {
		return first
	}
	return err
}

// StrictMessage is [Strict] for one message, which stands, or will stand, at
// the given index of the answer.
func StrictMessage(index int, m *cxpb.ResponseMessage) error {
	var first *Fault
	c := checker{lesser: func(f *Fault) {
		if first == nil {
			first = f
		}
	}}
	if f := c.message(index, m); f != nil {
		return f
	}
	if first != nil {
		return first
	}
	return nil
}

// checker walks one answer. Its methods return the first error.
type checker struct {
	lesser func(*Fault)
}

// note reports a lesser fault.
func (c *checker) note(path string, err error) {
	if c.lesser != nil {
		c.lesser(fault(path, err))
	}
}

func (c *checker) response(resp *cxpb.WebhookResponse) *Fault {
	if f := c.fulfillment(resp.GetFulfillmentResponse()); f != nil {
		return f
	}
	if f := c.session(resp.GetSessionInfo()); f != nil {
		return f
	}
	if f := c.page(resp.GetPageInfo()); f != nil {
		return f
	}
	if f := checkStruct(resp.GetPayload(), 1, MaxDepth); f != nil {
		return f.In("payload")
	}
	if resp != nil {
		return c.transition(resp)
	}
	return nil
}

func (c *checker) fulfillment(r *cxpb.WebhookResponse_FulfillmentResponse) *Fault {
	for i, m := range r.GetMessages() {
		if f := c.message(i, m); f != nil {
			return f
		}
	}
	b := r.GetMergeBehavior()
	if _, known := cxpb.WebhookResponse_FulfillmentResponse_MergeBehavior_name[int32(b)]; !known {
		return fault("fulfillmentResponse.mergeBehavior", ErrUnknownEnum)
	}
	return nil
}

func (c *checker) session(s *cxpb.SessionInfo) *Fault {
	if s.GetSession() != "" {
		c.note("sessionInfo.session", ErrIgnored)
		if !isUTF8(s.GetSession()) {
			return fault("sessionInfo.session", ErrUTF8)
		}
	}
	for name, v := range s.GetParameters() {
		if !isUTF8(name) {
			return fault("sessionInfo.parameters"+Key(name), ErrUTF8)
		}
		if f := checkValue(v, 1, MaxDepth); f != nil {
			return f.In("sessionInfo.parameters" + Key(name))
		}
		if c.lesser != nil && !ParamName(name) {
			c.note("sessionInfo.parameters"+Key(name), CheckParamName(name))
		}
	}
	return nil
}

// page checks what an answer says of the page. The names of the page mean
// nothing there.
func (c *checker) page(p *cxpb.PageInfo) *Fault {
	if p.GetCurrentPage() != "" {
		c.note("pageInfo.currentPage", ErrIgnored)
	}
	if p.GetDisplayName() != "" {
		c.note("pageInfo.displayName", ErrIgnored)
	}
	switch {
	case !isUTF8(p.GetCurrentPage()):
		return fault("pageInfo.currentPage", ErrUTF8)
	case !isUTF8(p.GetDisplayName()):
		return fault("pageInfo.displayName", ErrUTF8)
	}
	for i, param := range p.GetFormInfo().GetParameterInfo() {
		if f := c.formParameter(i, param); f != nil {
			return f
		}
	}
	return nil
}

func (c *checker) formParameter(i int, p *cxpb.PageInfo_FormInfo_ParameterInfo) *Fault {
	in := func(f *Fault) *Fault {
		f = f.In("pageInfo.formInfo.parameterInfo" + Index(i))
		f.form = i + 1
		return f
	}
	switch {
	case p.GetDisplayName() == "":
		return in(fault("displayName", ErrRequired))
	case !isUTF8(p.GetDisplayName()):
		return in(fault("displayName", ErrUTF8))
	}
	if p.Value != nil {
		if f := checkValue(p.Value, 1, MaxDepth); f != nil {
			return in(f.In("value"))
		}
	}
	switch p.State {
	case cxpb.PageInfo_FormInfo_ParameterInfo_PARAMETER_STATE_UNSPECIFIED,
		cxpb.PageInfo_FormInfo_ParameterInfo_INVALID:
	case cxpb.PageInfo_FormInfo_ParameterInfo_EMPTY,
		cxpb.PageInfo_FormInfo_ParameterInfo_FILLED:
		if c.lesser != nil {
			c.lesser(in(fault("state", ErrFormState)))
		}
	default:
		return in(fault("state", ErrUnknownEnum))
	}
	if p.JustCollected && c.lesser != nil {
		c.lesser(in(fault("justCollected", ErrIgnored)))
	}
	return nil
}

func (c *checker) transition(resp *cxpb.WebhookResponse) *Fault {
	switch t := resp.GetTransition().(type) {
	case *cxpb.WebhookResponse_TargetPage:
		if t == nil {
			t = new(cxpb.WebhookResponse_TargetPage)
		}
		if !isUTF8(t.TargetPage) {
			return fault("targetPage", ErrUTF8)
		}
		if !PageName(t.TargetPage) {
			c.note("targetPage", CheckPageName(t.TargetPage))
		}
	case *cxpb.WebhookResponse_TargetFlow:
		if t == nil {
			t = new(cxpb.WebhookResponse_TargetFlow)
		}
		if !isUTF8(t.TargetFlow) {
			return fault("targetFlow", ErrUTF8)
		}
		if !FlowName(t.TargetFlow) {
			c.note("targetFlow", CheckFlowName(t.TargetFlow))
		}
	}
	return nil
}
