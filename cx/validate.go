package cx

import (
	"context"
	"log/slog"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/answer"
)

// Validate returns the first fault of an answer, as a [*Fault], or nil. It is
// the check of [Respond], for answers built in another way. A nil response is
// good.
//
// Of what it finds the following break the API's own reference, and
// [NewHTTPHandler] refuses to send them, whoever built the answer: values
// without a kind or nil in a map ([ErrEmptyValue]), NaN and infinities
// ([ErrNotFinite]), invalid UTF-8 ([ErrUTF8]), custom payloads deeper than 24
// levels and other values deeper than 60 ([ErrTooDeep]), messages without
// content and other missing required fields ([ErrRequired]), numbers outside
// their enum, such as an unknown merge behaviour ([ErrUnknownEnum]).
//
// The others are faults for Validate and Respond only; NewHTTPHandler logs a
// warning and sends the answer, since Dialogflow ignores what they are about or
// documents nothing: output-only messages and fields ([ErrOutputOnly]), fields
// that only mean something in a request ([ErrIgnored]), form states other than
// INVALID ([ErrFormState]), empty texts ([ErrEmptyText]), odd targets, names
// and phone numbers ([ErrTarget], [ErrName], [ErrPhoneNumber]).
//
// A valid answer is walked once, without allocation. The size of the answer is
// not looked at: see [MaxResponseBytes].
func Validate(resp *cxpb.WebhookResponse) error {
	return answer.Strict(resp)
}

// check returns why an answer cannot be sent. Of what it can be sent with in
// spite of it the log gets one line.
func (c *call) check(ctx context.Context, resp *cxpb.WebhookResponse) error {
	var (
		first *Fault
		more  int
	)
	err := answer.Check(resp, func(f *Fault) {
		if first == nil {
			first = f
			return
		}
		more++
	})
	if err == nil && first != nil {
		c.logger.LogAttrs(ctx, slog.LevelWarn, "answer holds what Dialogflow ignores or does not document",
			slog.String("call", c.id), slog.String("fault", first.Error()), slog.Int("more", more))
	}
	return err
}
