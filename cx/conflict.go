package cx

import (
	"fmt"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
)

// What an answer has one of.
const (
	oneTarget = iota
	onePayload
	oneMerge
	ones
)

// firsts are the parts that set what an answer has one of, by their positions.
type firsts [ones]int

// Instead of a position.
const (
	unset  = -1
	beyond = -2 // set before the parts at hand
)

func newFirsts(resp *cxpb.WebhookResponse) firsts {
	f := firsts{unset, unset, unset}
	f.note(resp, beyond)
	return f
}

// note remembers what was not set before the part at i.
func (f *firsts) note(resp *cxpb.WebhookResponse, i int) {
	if f[oneTarget] == unset && resp.Transition != nil {
		f[oneTarget] = i
	}
	if f[onePayload] == unset && resp.Payload != nil {
		f[onePayload] = i
	}
	if f[oneMerge] == unset && resp.GetFulfillmentResponse().GetMergeBehavior() != cxpb.WebhookResponse_FulfillmentResponse_MERGE_BEHAVIOR_UNSPECIFIED {
		f[oneMerge] = i
	}
}

// explain tells which part came first where a second one set the same.
func (f *firsts) explain(err *PartError) *PartError {
	found, ok := err.Err.(*Fault)        //nolint:errorlint // only the part's own fault, not one that it wraps
	if !ok || found.Err != ErrConflict { //nolint:errorlint // a fault that is explained already wraps the reason
		return err
	}
	one := conflict{what: "target"}
	switch found.Path {
	case "targetPage", "targetFlow":
		one.first = f[oneTarget]
	case "payload":
		one.what, one.first = "webhook payload", f[onePayload]
	case "fulfillmentResponse.mergeBehavior":
		one.what, one.first = "merge behaviour", f[oneMerge]
	default:
		return err
	}
	if one.first < 0 {
		return err
	}
	explained := *found
	explained.Err = one
	err.Err = &explained
	return err
}

// conflict is an [ErrConflict] whose first part is known.
type conflict struct {
	what  string
	first int    // position of the part
	in    string // the part that holds both, empty for the answer
}

func (c conflict) Error() string {
	where := ""
	if c.in != "" {
		where = " of the same " + c.in
	}
	return fmt.Sprintf("%v: an answer has one %s, and part %d%s has set it", ErrConflict, c.what, c.first, where)
}

func (c conflict) Unwrap() error { return ErrConflict }

// inside names the part that holds both parts of a conflict.
func inside(kind string, err error) error {
	found, ok := err.(*Fault) //nolint:errorlint // only the part's own fault, not one that it wraps
	if !ok {
		return err
	}
	one, ok := found.Err.(conflict) //nolint:errorlint // as above
	if !ok || one.in != "" {
		return err
	}
	one.in = kind
	told := *found
	told.Err = one
	return &told
}
