package cx

import (
	"github.com/cxhook/cxhook/internal/param"
	"github.com/cxhook/cxhook/internal/webhookjson"
)

// rawInput is a scanned request as the input of a plan: values are read where
// they lie in the body, without a message between.
type rawInput struct{ *webhookjson.Raw }

// Range implements [param.Input].
func (in rawInput) Range(wanted param.Wanted, yield func(int, string, param.Value)) error {
	if wanted.Has(sourceSession) {
		for name, value := range in.Parameters() {
			yield(sourceSession, name, param.JSON(value))
		}
	}
	if wanted.Has(sourceIntent) || wanted.Has(sourceIntentOriginal) {
		for name, v := range in.IntentParameters() {
			if v.Resolved != nil {
				yield(sourceIntent, name, param.JSON(v.Resolved))
			}
			if v.Original != nil && wanted.Has(sourceIntentOriginal) {
				yield(sourceIntentOriginal, name, original(webhookjson.Text(v.Original)))
			}
		}
	}
	if wanted.Has(sourceForm) {
		for name, value := range in.FormParameters() {
			if value != nil {
				yield(sourceForm, name, param.JSON(value))
			}
		}
	}
	if payload := in.Payload(); payload != nil && wanted.Has(sourcePayload) {
		for name, value := range webhookjson.Members(payload) {
			yield(sourcePayload, name, param.JSON(value))
		}
	}
	return nil
}

// original returns the value of an intent parameter's original text. The
// message does not tell an empty text from none.
func original(text string) param.Value {
	if text == "" {
		return param.Value{}
	}
	return param.String(text)
}

// exactInput is the body behind a message, scanned only when a plan needs a
// number that the message cannot hold.
type exactInput struct{ call *call }

// Range implements [param.Input].
func (in exactInput) Range(wanted param.Wanted, yield func(int, string, param.Value)) error {
	raw, err := in.call.scanned()
	if err != nil {
		return err
	}
	return rawInput{raw}.Range(wanted, yield)
}
