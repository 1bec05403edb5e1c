package cx

import (
	"errors"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/answer"
)

// Part adds one thing to an answer: a message, a parameter, a target. The
// constructors of this package make the usual ones; any function of the type
// is a part, too.
//
// A part may be kept and used in many answers, from many goroutines: it makes
// its messages anew each time. What it was given, such as a map, is read when
// the part is applied and must not change then.
type Part func(*cxpb.WebhookResponse) error

// Respond makes an answer of parts, applied in their order, and checks it by
// the rules of [Validate]. Without parts the answer is {}. Nil parts are left
// out, so that a variable can hold an optional one.
//
// Messages come in the order of their parts. A parameter that is set twice
// has the value of the last part; names are compared without case, as
// Dialogflow does. The target, the webhook payload and the merge behaviour
// exist once: a second part that sets them is an error.
//
// The error is a [*PartError] and says which part is at fault. A handler that
// returns it is answered 500; the text holds names, but no values.
func Respond(parts ...Part) (*cxpb.WebhookResponse, error) {
	resp := new(cxpb.WebhookResponse)
	var few [16]mark
	marks, err := apply(resp, parts, few[:0])
	if err != nil {
		return nil, err
	}
	if err := answer.Strict(resp); err != nil {
		return nil, &PartError{Index: blame(err, marks), Err: err}
	}
	return resp, nil
}

// Parts makes one part of several, for what belongs together.
func Parts(parts ...Part) Part {
	return func(resp *cxpb.WebhookResponse) error {
		_, err := apply(resp, parts, nil)
		return within("Parts", err)
	}
}

// mark is how much an answer holds after a part.
type mark struct{ messages, form int }

// apply runs the parts on resp and appends a mark for each.
func apply(resp *cxpb.WebhookResponse, parts []Part, marks []mark) ([]mark, error) {
	firsts := newFirsts(resp)
	for i, part := range parts {
		if part != nil {
			before := resp.Transition
			if err := part(resp); err != nil {
				return marks, firsts.explain(placed(i, err))
			}
			if before != nil && resp.Transition != before {
				return marks, firsts.explain(placed(i, &Fault{Path: transitionPath(resp), Err: ErrConflict}))
			}
			firsts.note(resp, i)
		}
		marks = append(marks, mark{
			messages: len(resp.GetFulfillmentResponse().GetMessages()),
			form:     len(resp.GetPageInfo().GetFormInfo().GetParameterInfo()),
		})
	}
	return marks, nil
}

// blame returns the index of the part that made what err found, or -1.
func blame(err error, marks []mark) int {
	var f *Fault
	if !errors.As(err, &f) {
		return -1
	}
	message, form := answer.Locate(f)
	for i, m := range marks {
		if message >= 0 && message < m.messages || form >= 0 && form < m.form {
			return i
		}
	}
	return -1
}
