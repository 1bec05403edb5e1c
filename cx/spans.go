package cx

import "github.com/cxhook/cxhook/internal/param"

// body is the JSON of a request as the input of a plan: values are read where
// they lie, without a message between. The decoder of requests must have
// accepted it.
type body []byte

// Range implements [param.Input]. It walks once, as far as the last part that
// is wanted.
func (b body) Range(wanted param.Wanted, yield func(int, string, param.Value)) error {
	w := walk{c: param.NewCursor(b), wanted: wanted, yield: yield}
	w.request()
	return w.c.Err()
}

// spans are the parts of a request's JSON that hold its parameters, as the
// input of a plan, for callers who know them already. A part that is not
// there is nil.
type spans struct {
	session []byte // sessionInfo.parameters: an object
	intent  []byte // intentInfo.parameters: an object of {originalValue, resolvedValue}
	form    []byte // pageInfo.formInfo.parameterInfo: a list of {displayName, value}
	payload []byte // payload: an object
}

// Range implements [param.Input].
func (s *spans) Range(wanted param.Wanted, yield func(int, string, param.Value)) error {
	parts := [...]struct {
		raw     []byte
		sources param.Wanted
	}{{s.session, fromSession}, {s.intent, fromIntent}, {s.form, fromForm}, {s.payload, fromPayload}}
	for _, part := range parts {
		if part.raw == nil || wanted&part.sources == 0 {
			continue
		}
		w := walk{c: param.NewCursor(part.raw), wanted: wanted, yield: yield}
		w.part(part.sources)
		if err := w.c.Err(); err != nil {
			return err
		}
	}
	return nil
}

// The sources that each part of a request feeds.
const (
	fromSession = param.Wanted(1 << sourceSession)
	fromIntent  = param.Wanted(1<<sourceIntent | 1<<sourceIntentOriginal)
	fromForm    = param.Wanted(1 << sourceForm)
	fromPayload = param.Wanted(1 << sourcePayload)
)

// walk is one walk over a request. Its methods are called with the cursor
// before a value and leave it after.
type walk struct {
	c      param.Cursor
	wanted param.Wanted // not met yet
	yield  func(int, string, param.Value)
}

func (w *walk) request() {
	var name string
	for w.c.Object(); w.wanted != 0 && w.c.Member(&name); {
		switch name {
		case "sessionInfo", "session_info":
			w.inner(fromSession, "parameters", "parameters")
		case "intentInfo", "intent_info":
			w.inner(fromIntent, "parameters", "parameters")
		case "pageInfo", "page_info":
			w.page()
		case "payload":
			w.part(fromPayload)
		default:
			w.c.Skip()
		}
	}
}

func (w *walk) page() {
	if w.wanted&fromForm == 0 {
		w.c.Skip()
		return
	}
	if !w.c.Object() {
		return
	}
	var name string
	for w.c.Member(&name) {
		if name == "formInfo" || name == "form_info" {
			w.inner(fromForm, "parameterInfo", "parameter_info")
		} else {
			w.c.Skip()
		}
	}
	w.wanted &^= fromForm
}

// inner walks over an object of which one member, of two spellings, is the
// part that feeds the sources.
func (w *walk) inner(sources param.Wanted, part, spelling string) {
	if w.wanted&sources == 0 {
		w.c.Skip()
		return
	}
	if !w.c.Object() {
		return
	}
	met := w.wanted & sources
	var name string
	for w.c.Member(&name) {
		if name == part || name == spelling {
			w.part(sources)
		} else {
			w.c.Skip()
		}
	}
	w.wanted &^= met
}

// part yields what one part of the request holds.
func (w *walk) part(sources param.Wanted) {
	if w.wanted&sources == 0 {
		w.c.Skip()
		return
	}
	if sources == fromForm {
		if !w.c.List() {
			return
		}
		for w.c.Element() {
			v := w.c.Value()
			name, _ := v.Find("displayName", "display_name").Str()
			w.yield(sourceForm, name, v.Find("value"))
		}
		return
	}
	if !w.c.Object() {
		return
	}
	var name string
	for w.c.Member(&name) {
		w.member(sources, name, w.c.Value())
	}
	if sources == fromPayload {
		w.wanted &^= fromPayload
	}
}

func (w *walk) member(sources param.Wanted, name string, v param.Value) {
	switch sources {
	case fromSession:
		w.yield(sourceSession, name, v)
	case fromPayload:
		w.yield(sourcePayload, name, v)
	case fromIntent:
		if w.wanted.Has(sourceIntent) {
			w.yield(sourceIntent, name, v.Find("resolvedValue", "resolved_value"))
		}
		if w.wanted.Has(sourceIntentOriginal) {
			text, _ := v.Find("originalValue", "original_value").Str()
			w.yield(sourceIntentOriginal, name, original(text))
		}
	}
}

// original returns the value of an intent parameter's original text. The
// message does not tell an empty text from none.
func original(text string) param.Value {
	if text == "" {
		return param.Value{}
	}
	return param.String(text)
}
