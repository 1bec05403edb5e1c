package cx

import (
	"fmt"
	"reflect"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/param"
)

// The sources of parameters, by their place in sourceNames.
const (
	sourceSession = iota
	sourceIntent
	sourceIntentOriginal
	sourceForm
	sourcePayload
)

var sourceNames = []string{"session", "intent", "intent-original", "form", "payload"}

// bindTag is the key of struct tags.
const bindTag = "cx"

// bindConfig is read only.
var bindConfig = param.Config{
	Tag:     bindTag,
	Sources: sourceNames,
	Checks:  entityChecks,
	Readers: entityReaders,
}

// Bind sets the fields of the struct that dst points to from the parameters
// of a request, by their cx tags:
//
//	type booking struct {
//		Size    string      `cx:"size,required"`            // session parameter
//		Count   int64       `cx:"count"`
//		Day     cx.Date     `cx:"day"`                      // composite of @sys.date
//		City    string      `cx:"address.city"`             // member of a composite
//		Said    string      `cx:"intent-original:size"`     // the end-user's words
//		Callers []string    `cx:"form:callers"`
//		Number  *string     `cx:"payload:telephony.caller_id"`
//		Note    string      `cx:"-"`                        // left alone, like untagged fields
//	}
//
// # Tags
//
// A tag is [source:]name[,required][,string]. The sources are
//
//	session          sessionInfo.parameters, the default
//	intent           intentInfo.parameters: the resolved values
//	intent-original  intentInfo.parameters: the original text, as strings
//	form             pageInfo.formInfo.parameterInfo: the values
//	payload          payload
//
// Names match exactly, else without regard to the case of ASCII letters,
// since parameter names have none in Dialogflow. A name that is there exactly
// decides; of several others that differ in case only, one at most may have a
// value, else the binding fails with [ErrParamAmbiguous]. A name with dots is
// looked up as it stands first, then as the member of a composite:
// address.city is the parameter of that name, else the member city of the
// parameter address. Thus the name of a composite followed by .original is
// what the end-user said. Of several entries of a form with one name the first
// that has a value counts, null being a value. No two fields may bind the same
// parameter of the same source, under whatever case; one may bind a composite
// and others its members. An embedded struct without a tag lends its fields to
// the struct around it, tags and all.
//
// # Null and missing
//
// A null parameter is one that is not set: the same as a missing one. It
// leaves the field as it was, so a default is what the field held before (see
// [TypedWith]). The option required refuses both.
//
// A value that is there replaces what the field held: a list, a map and what
// unmarshals itself as a whole. Only a struct, or a pointer to one, is merged:
// the members that are there are set, the others stay. What a pointer pointed
// to before is not changed; the field gets a new one.
//
// # Types
//
// Fields may be strings, booleans, integers, floats, json.RawMessage,
// json.Number, any, structs, slices, maps with string keys, pointers (nil if
// there is no value), [time.Time] (RFC 3339 text), [time.Duration] (text such
// as "90m", or @sys.duration in units of fixed length), *[time.Location] (the
// name of a time zone), what implements json.Unmarshaler or
// encoding.TextUnmarshaler, and the system entities of this package, such as
// [Date]. The fields of nested structs go by their cx tag, else by the name in
// their json tag, else by their Go name. They are members of a composite, so a
// source in their tag is a fault of the program.
//
// A text is not a number: @sys.number and @sys.number-integer deliver
// numbers, @sys.number-sequence and @sys.phone-number deliver strings, whose
// leading zeros count. 9.0 is the integer 9; 9.5 is no integer; a number
// outside of the range of its type is an error. The message holds numbers as
// doubles, so an integer of 2^53 or more is [ErrParamInexact] here, also inside
// of a json.Number, a json.RawMessage or what unmarshals itself, while a
// handler of [Typed] gets it exactly. A float64 or any takes it as the double.
//
// Agents keep such numbers in strings. The option string of a tag, or of the
// json tag of the field, lets a number or boolean also come as text, and
// [SetParam] and [SetParams] write it as text again:
//
//	ID int64 `cx:"id,string"` // 9007199254740993 or "9007199254740993"
//
// # System entities
//
// What the system entities of Dialogflow CX deliver, and the types to bind it
// to. The types of this package marshal to the JSON that they were bound from
// (without an empty original), so [SetParam] sets them again. Their zero values
// marshal to null, which clears the parameter, but for [Time] and [TimePeriod],
// whose zero is midnight.
//
//	@sys.date                          Date
//	@sys.time                          Time
//	@sys.date-time                     When: a date, a date with time, a period
//	                                   of either; DateTime for the first two
//	@sys.date-period                   DatePeriod
//	@sys.time-period                   TimePeriod
//	@sys.duration, @sys.age            Duration
//	@sys.unit-currency                 UnitCurrency
//	@sys.unit-length, -area, -volume,
//	-weight, -speed, -information      Quantity
//	@sys.temperature                   Temperature
//	@sys.person                        Person
//	@sys.location, @sys.address        Address
//	@sys.number                        float64
//	@sys.number-integer, @sys.cardinal,
//	@sys.ordinal                       int
//	@sys.any, @sys.email, @sys.phone-number, @sys.number-sequence,
//	@sys.zip-code, @sys.geo-city, @sys.currency-name, @sys.language,
//	@sys.url and other names           string
//
// The forms of dates, times, date-times with their periods, currencies,
// persons, addresses and the plain ones were seen in real calls and tests;
// those of time periods, temperatures and other units follow the older
// Dialogflow ES, so check them against a live agent. With isList set the
// type is a slice. An original is sent with currencies, persons and
// locations, not with dates and times.
//
// # Errors
//
// The first parameter that does not fit, in the order of the fields, ends the
// binding with a [*ParamError]; earlier fields are set by then. Any other
// error is a fault of the program: dst is not a pointer to a struct, a tag is
// malformed, a type cannot be bound, no field has a tag. Bind looks at the
// type each time; [Typed] does so once.
//
// Source of the facts: https://docs.cloud.google.com/dialogflow/cx/docs/concept/parameter.
func Bind(req *cxpb.WebhookRequest, dst any) error {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return fmt.Errorf("cx: Bind: want a pointer to a struct, have %T", dst)
	}
	plan, err := param.Compile(v.Type().Elem(), &bindConfig)
	if err != nil {
		return fmt.Errorf("cx: Bind: %w", err)
	}
	return plan.Bind(dst, message{req}, nil)
}

// message is a request as the input of a plan.
type message struct{ req *cxpb.WebhookRequest }

// Range implements [param.Input].
func (m message) Range(wanted param.Wanted, yield func(int, string, param.Value)) error {
	if wanted.Has(sourceSession) {
		for name, v := range m.req.GetSessionInfo().GetParameters() {
			yield(sourceSession, name, param.Proto(v))
		}
	}
	if wanted.Has(sourceIntent) {
		for name, v := range m.req.GetIntentInfo().GetParameters() {
			yield(sourceIntent, name, param.Proto(v.GetResolvedValue()))
		}
	}
	if wanted.Has(sourceIntentOriginal) {
		for name, v := range m.req.GetIntentInfo().GetParameters() {
			yield(sourceIntentOriginal, name, original(v.GetOriginalValue()))
		}
	}
	if wanted.Has(sourceForm) {
		for _, p := range m.req.GetPageInfo().GetFormInfo().GetParameterInfo() {
			if p.GetValue() != nil {
				yield(sourceForm, p.GetDisplayName(), param.Proto(p.GetValue()))
			}
		}
	}
	if wanted.Has(sourcePayload) {
		for name, v := range m.req.GetPayload().GetFields() {
			yield(sourcePayload, name, param.Proto(v))
		}
	}
	return nil
}

// Find implements [param.Finder].
func (m message) Find(source int, name string) (param.Value, bool) {
	switch source {
	case sourceSession:
		v, ok := m.req.GetSessionInfo().GetParameters()[name]
		return param.Proto(v), ok
	case sourceIntent:
		v, ok := m.req.GetIntentInfo().GetParameters()[name]
		return param.Proto(v.GetResolvedValue()), ok
	case sourceIntentOriginal:
		v, ok := m.req.GetIntentInfo().GetParameters()[name]
		return original(v.GetOriginalValue()), ok
	case sourceForm:
		for _, p := range m.req.GetPageInfo().GetFormInfo().GetParameterInfo() {
			if p.GetDisplayName() == name && p.GetValue() != nil {
				return param.Proto(p.GetValue()), true
			}
		}
	case sourcePayload:
		v, ok := m.req.GetPayload().GetFields()[name]
		return param.Proto(v), ok
	}
	return param.Value{}, false
}
