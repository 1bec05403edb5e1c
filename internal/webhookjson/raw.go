package webhookjson

import (
	"iter"
	"strings"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
)

// Raw is a request body of which no message was built: it knows the ids, and
// where the JSON of each parameter lies. The zero value is an empty request.
//
// A Raw may be scanned again for another body. What its methods returned
// before stays what it is: parts of the former body, never of the Raw.
// Methods other than Scan may be called from many goroutines at once.
type Raw struct {
	body    []byte
	limits  Limits
	spans   [slots]span
	entries [lists][]entry
	room    []entry // what the entries are parts of
}

// span is a part of the body, which has at most maxBody bytes: [start:end]. The
// empty one means absent.
type span struct{ start, end int32 }

// entry is a parameter.
type entry struct {
	name     string
	value    span
	original span
}

// slot is a field whose place is noted while scanning.
type slot uint8

const (
	_ slot = iota
	slotResponseID
	slotSession
	slotTag
	slotPage
	slotPageName
	slotLanguage
	slotPayload
	slotItemName // of the item of a list of parameters that is being read
	slotItemValue
	slotItemOriginal
	slots
)

// list is a list of parameters.
type list uint8

const (
	_ list = iota
	listSession
	listIntent
	listForm
	lists
)

// Scan reads body in one pass. It accepts exactly what [Decode] accepts with
// the same limits and fails with the same kinds of errors; after an error r
// is empty. Nobody may change the body while r, or what it returned, is used.
func (r *Raw) Scan(body []byte, lim Limits) error {
	return theSchema().scan(r, body, lim)
}

func (s *schema) scan(r *Raw, body []byte, lim Limits) error {
	r.reset(body, lim)
	d := newDecoder(body, lim)
	defer d.release()
	d.raw = r
	err := d.whole(s.request, nil)
	if err == nil && d.foreign {
		err = foreignDecode(body, new(cxpb.WebhookRequest), lim)
	}
	if err != nil {
		r.reset(nil, lim)
		return err
	}
	r.take(&d.entries)
	return nil
}

// take copies the entries that were found.
func (r *Raw) take(found *[lists][]entry) {
	n := 0
	for i := range found {
		n += len(found[i])
	}
	if cap(r.room) < n {
		r.room = make([]entry, 0, n)
	}
	room := r.room[:0]
	for i := range found {
		at := len(room)
		room = append(room, found[i]...)
		r.entries[i] = room[at:len(room):len(room)]
	}
	r.room = room
}

func (r *Raw) reset(body []byte, lim Limits) {
	r.body, r.limits, r.spans, r.entries = body, lim, [slots]span{}, [lists][]entry{}
	clear(r.room)
}

// begin forgets the item before.
func (r *Raw) begin(l list) {
	if r != nil && l != 0 {
		r.spans[slotItemName], r.spans[slotItemValue], r.spans[slotItemOriginal] = span{}, span{}, span{}
	}
}

// found notes the parameter that was read. Without a name from outside its own
// holds.
func (d *decoder) found(l list, name string) {
	r := d.raw
	if r == nil || l == 0 {
		return
	}
	if name == "" {
		name = r.text(slotItemName)
	}
	d.entries[l] = append(d.entries[l], entry{name, r.spans[slotItemValue], r.spans[slotItemOriginal]})
}

// kept returns where the entries of a list go, or nil.
func (d *decoder) kept(l list) *[]entry {
	if d.raw == nil || l == 0 {
		return nil
	}
	return &d.entries[l]
}

func (r *Raw) raw(s span) []byte { return r.body[s.start:s.end:s.end] }

func (r *Raw) text(s slot) string {
	if sp := r.spans[s]; sp != (span{}) {
		return Text(r.raw(sp))
	}
	return ""
}

// Body returns the whole body.
func (r *Raw) Body() []byte { return r.body }

// Decode builds the whole message, as [Decode] does from the body.
func (r *Raw) Decode(req *cxpb.WebhookRequest) error { return Decode(r.body, req, r.limits) }

// Tag returns fulfillmentInfo.tag.
func (r *Raw) Tag() string { return r.text(slotTag) }

// Session returns sessionInfo.session, the full resource name.
func (r *Raw) Session() string { return r.text(slotSession) }

// ResponseID returns detectIntentResponseId.
func (r *Raw) ResponseID() string { return r.text(slotResponseID) }

// Page returns pageInfo.currentPage, the full resource name.
func (r *Raw) Page() string { return r.text(slotPage) }

// PageName returns pageInfo.displayName.
func (r *Raw) PageName() string { return r.text(slotPageName) }

// LanguageCode returns languageCode.
func (r *Raw) LanguageCode() string { return r.text(slotLanguage) }

// Payload returns the JSON object of payload, or nil if there is none.
func (r *Raw) Payload() []byte {
	if s := r.spans[slotPayload]; s != (span{}) {
		return r.raw(s)
	}
	return nil
}

// Parameter returns the JSON of a session parameter. Names are compared as
// Dialogflow asks for, without regard to case: a parameter of exactly this
// name wins over others, and among several others that differ in case alone
// the one whose name is first in byte order.
func (r *Raw) Parameter(name string) (value []byte, ok bool) {
	return r.find(listSession, name)
}

// IntentParameter returns the JSON of the resolved value of a parameter of
// the matched intent, found as by [Raw.Parameter], and the user's words for
// it. A parameter without a value is not ok.
func (r *Raw) IntentParameter(name string) (resolved []byte, original string, ok bool) {
	e := best(r.entries[listIntent], name)
	if e == nil || e.value == (span{}) {
		return nil, "", false
	}
	if e.original != (span{}) {
		original = Text(r.raw(e.original))
	}
	return r.raw(e.value), original, true
}

// FormParameter returns the JSON of the value of a parameter of the page's
// form, found as by [Raw.Parameter]; of several with one name the first. A
// parameter without a value is not ok.
func (r *Raw) FormParameter(name string) (value []byte, ok bool) {
	return r.find(listForm, name)
}

// Parameters goes through the session parameters in the order of the body.
func (r *Raw) Parameters() iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for _, e := range r.entries[listSession] {
			if !yield(e.name, r.raw(e.value)) {
				return
			}
		}
	}
}

// IntentValue is a parameter of the matched intent: the JSON of its resolved
// value and the JSON string of the user's words for it, each nil if absent.
type IntentValue struct{ Resolved, Original []byte }

// IntentParameters goes through the parameters of the matched intent in the
// order of the body.
func (r *Raw) IntentParameters() iter.Seq2[string, IntentValue] {
	return func(yield func(string, IntentValue) bool) {
		for _, e := range r.entries[listIntent] {
			if !yield(e.name, IntentValue{r.optional(e.value), r.optional(e.original)}) {
				return
			}
		}
	}
}

// FormParameters goes through the parameters of the page's form in the order
// of the body; the value of one that has none is nil.
func (r *Raw) FormParameters() iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for _, e := range r.entries[listForm] {
			if !yield(e.name, r.optional(e.value)) {
				return
			}
		}
	}
}

// optional returns the JSON of a span, or nil for the absent one.
func (r *Raw) optional(s span) []byte {
	if s == (span{}) {
		return nil
	}
	return r.raw(s)
}

func (r *Raw) find(l list, name string) ([]byte, bool) {
	e := best(r.entries[l], name)
	if e == nil || e.value == (span{}) {
		return nil, false
	}
	return r.raw(e.value), true
}

func best(all []entry, name string) *entry {
	var found *entry
	for i := range all {
		e := &all[i]
		switch {
		case e.name == name:
			return e
		case len(e.name) != len(name) || !strings.EqualFold(e.name, name):
		case found == nil || e.name < found.name:
			found = e
		}
	}
	return found
}
