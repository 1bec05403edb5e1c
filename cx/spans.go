package cx

import "github.com/cxhook/cxhook/internal/param"

// spans are the parts of a request's JSON that hold its parameters, as
// another input of a plan: values are read where they lie, without a message
// between. The JSON must have been accepted by the decoder of requests.
// A part that is not there is nil.
type spans struct {
	session []byte // sessionInfo.parameters: an object
	intent  []byte // intentInfo.parameters: an object of {originalValue, resolvedValue}
	form    []byte // pageInfo.formInfo.parameterInfo: a list of {displayName, value}
	payload []byte // payload: an object
}

// findSpans looks the parts up in the JSON of a request. It walks over the
// body once, as far as the last part that the plan uses.
func findSpans(body []byte, plan *param.Plan) (*spans, error) {
	s := &spans{}
	missing := 0
	want := func(sources ...int) bool {
		for _, source := range sources {
			if plan.Uses(source) {
				missing++
				return true
			}
		}
		return false
	}
	session, payload, form := want(sourceSession), want(sourcePayload), want(sourceForm)
	intent := want(sourceIntent, sourceIntentOriginal)
	err := param.JSON(body).Range(func(name string, v param.Value) bool {
		if v.Absent() {
			return true
		}
		switch name {
		case "sessionInfo", "session_info":
			if session {
				s.session, missing = v.Find("parameters").Raw(), missing-1
			}
		case "intentInfo", "intent_info":
			if intent {
				s.intent, missing = v.Find("parameters").Raw(), missing-1
			}
		case "pageInfo", "page_info":
			if form {
				s.form, missing = v.Find("formInfo", "form_info").Find("parameterInfo", "parameter_info").Raw(), missing-1
			}
		case "payload":
			if payload {
				s.payload, missing = v.Raw(), missing-1
			}
		}
		return missing > 0
	})
	return s, err
}

// Range implements [param.Input].
func (s *spans) Range(source int, yield func(string, param.Value) bool) error {
	switch source {
	case sourceSession:
		return param.JSON(s.session).Range(yield)
	case sourceIntent:
		return param.JSON(s.intent).Range(func(name string, v param.Value) bool {
			return yield(name, v.Find("resolvedValue", "resolved_value"))
		})
	case sourceIntentOriginal:
		return param.JSON(s.intent).Range(func(name string, v param.Value) bool {
			text := v.Find("originalValue", "original_value")
			if content, ok := text.Str(); ok && content == "" {
				text = param.Value{}
			}
			return yield(name, text)
		})
	case sourceForm:
		return param.JSON(s.form).Elements(func(v param.Value) bool {
			name, _ := v.Find("displayName", "display_name").Str()
			return yield(name, v.Find("value"))
		})
	case sourcePayload:
		return param.JSON(s.payload).Range(yield)
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
