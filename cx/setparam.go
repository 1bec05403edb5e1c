package cx

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/answer"
	"google.golang.org/protobuf/types/known/structpb"
)

// SetParam sets a session parameter. The value is any Go value that JSON can
// hold, and becomes what encoding/json would make of it, with these
// differences:
//
//   - A nil value, a nil pointer and the JSON null remove the parameter, as
//     [ClearParam] does. A nil slice is an empty list and a nil map an empty
//     object: both are values.
//   - Fields of structs are named by their cx tag, as [Bind] reads them, else
//     by their json tag, else by the field's name. The options of the json tag
//     (omitempty, omitzero, string) hold in each case.
//   - Integers of 2^53 or more, of either sign, are an error ([ErrInexact]),
//     also in a json.Number or json.RawMessage and in whatever spelling:
//     Dialogflow's numbers are doubles. Send such a number as a string. A field
//     with the option string in its cx tag, or in its json tag, is written as
//     one, and [Bind] and [Typed] read it again as the number:
//     ID int64 `cx:"id,string"`. A float64 is a double already and is taken.
//   - NaN, infinities, invalid UTF-8 and duplicate keys are errors, never
//     replaced.
//   - time.Time is text in RFC 3339, time.Duration text in seconds ("90s"),
//     *time.Location the name of the zone. For what the system entities of an
//     agent deliver use [Date], [Duration] and their like, which come out as
//     they went in. Their zero values are null and so remove the parameter,
//     but for [Time] and [TimePeriod], whose zero is midnight.
//   - A *structpb.Value, Struct or ListValue is taken as it is, without a copy.
//
// Names are made of letters, digits, '.', '_' and '-'; case does not matter.
func SetParam(name string, value any) Part {
	return func(resp *cxpb.WebhookResponse) error {
		return setParam(resp, "SetParam", name, value)
	}
}

// ClearParam removes a session parameter by an explicit null, the only way in
// which Dialogflow forgets one.
func ClearParam(name string) Part {
	return func(resp *cxpb.WebhookResponse) error {
		return setParam(resp, "ClearParam", name, nil)
	}
}

// SetParams sets a session parameter for each field of a struct or each entry
// of a map, or of anything else whose JSON is an object. Parameters that the
// value does not name are left alone.
//
// The fields of a struct go by the cx tags of [Bind], so that a struct that
// was read can be set again: fields without a tag, with the tag "-" or for
// another source than session are left out, and a struct without a field for
// the session is an error: json tags alone name no parameters. Zero values are
// set, and nil pointers and zero entities such as Date{} remove their
// parameter, unless the json tag has an option against it: omitempty leaves
// the parameter alone when the field is false, 0, "", nil or empty, omitzero
// when it is the zero value or its IsZero method says so.
//
//	type order struct {
//		Size  string  `cx:"size,required"`         // always set
//		Note  string  `cx:"note" json:",omitempty"` // left alone if ""
//		Draft *string `cx:"draft"`                 // removed if nil
//		Day   cx.Date `cx:"day"`                   // removed if zero
//		Until cx.Date `cx:"until" json:",omitzero"` // left alone if zero
//	}
//
// A struct that embeds one of the entities has the JSON of the entity alone,
// as with every embedded type that marshals itself. Give it a field name.
//
// A name with a dot sets the parameter of that name, which Bind looks for
// first; it does not reach into a composite.
func SetParams(values any) Part {
	return func(resp *cxpb.WebhookResponse) error {
		s, err := answer.Params(values)
		if err == nil && s == nil {
			err = ErrNotObject
		}
		if err != nil {
			return failed("SetParams", "sessionInfo.parameters", err)
		}
		names := slices.SortedFunc(maps.Keys(s.GetFields()), func(a, b string) int {
			return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
		})
		for i, name := range names {
			if i > 0 && strings.EqualFold(names[i-1], name) {
				return failed("SetParams", paramPath(name), ErrConflict)
			}
			if err := answer.CheckParamName(name); err != nil {
				return failed("SetParams", paramPath(name), err)
			}
		}
		params := parameters(resp)
		for _, name := range names {
			put(params, name, s.GetFields()[name])
		}
		return nil
	}
}

func setParam(resp *cxpb.WebhookResponse, kind, name string, value any) error {
	if err := answer.CheckParamName(name); err != nil {
		return failed(kind, paramPath(name), err)
	}
	v, err := answer.Value(value)
	if err != nil {
		return failed(kind, paramPath(name), err)
	}
	put(parameters(resp), name, v)
	return nil
}

// put sets a parameter in place of one whose name differs in case only.
func put(params map[string]*structpb.Value, name string, v *structpb.Value) {
	if _, same := params[name]; !same {
		for other := range params {
			if strings.EqualFold(other, name) {
				delete(params, other)
			}
		}
	}
	params[name] = v
}

func parameters(resp *cxpb.WebhookResponse) map[string]*structpb.Value {
	if resp.SessionInfo == nil {
		resp.SessionInfo = new(cxpb.SessionInfo)
	}
	if resp.SessionInfo.Parameters == nil {
		resp.SessionInfo.Parameters = make(map[string]*structpb.Value)
	}
	return resp.SessionInfo.Parameters
}

func paramPath(name string) string { return "sessionInfo.parameters" + answer.Key(name) }
