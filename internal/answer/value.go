package answer

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
)

// Value makes a protobuf value of any Go value that JSON can hold. The error
// is a [*Fault] whose path begins at v.
//
// The JSON is that of encoding/json, with these differences:
//
//   - Struct fields are named by their cx tag, if they have one; the options
//     of the json tag hold all the same.
//   - A nil slice is an empty list and a nil map an empty object, since a null
//     would remove a parameter. A nil pointer or interface is null.
//   - Methods of the pointer are used for values, too.
//   - time.Duration is a string of seconds, "90s", as in the JSON of Google's
//     APIs and as time.ParseDuration reads it. *time.Location is the name of
//     the zone, which the local one does not have.
//   - Protobuf messages have their protobuf JSON. *structpb.Value, Struct and
//     ListValue are taken over without a copy.
//   - Integers of 2^53 or more, invalid UTF-8, duplicate keys and struct types
//     without any exported field are faults instead of being changed or lost.
//     Raw JSON is held to the same.
//
// Nesting ends at [MaxDepth].
func Value(v any) (*structpb.Value, error) {
	return within(v, MaxDepth)
}

func within(v any, limit int) (*structpb.Value, error) {
	e := encoder{limit: limit}
	out, f := e.any(v, 1)
	if f != nil {
		return nil, f
	}
	return out, nil
}

// Struct is [Value] for what must be an object. A nil pointer or a null gives
// nil.
func Struct(v any) (*structpb.Struct, error) {
	return structOfValue(within(v, MaxDepth))
}

// Payload is [Struct] for custom payloads, whose nesting ends at
// [MaxPayloadDepth].
func Payload(v any) (*structpb.Struct, error) {
	return structOfValue(within(v, MaxPayloadDepth))
}

func structOfValue(out *structpb.Value, err error) (*structpb.Struct, error) {
	if err != nil {
		return nil, err
	}
	switch k := out.GetKind().(type) {
	case *structpb.Value_StructValue:
		return k.StructValue, nil
	case *structpb.Value_NullValue:
		return nil, nil
	}
	return nil, fault("", ErrNotObject)
}

// Params is [Struct] for session parameters. The fields of a struct are named
// by their cx tags with the meaning of package cx's Bind: what is for another
// source than session, or has no tag, is left out. A struct without a field
// for the session is a fault.
func Params(v any) (*structpb.Struct, error) {
	rv := reflect.ValueOf(v)
	for rv.Kind() == reflect.Pointer && !rv.IsNil() && !speaks(rv) {
		rv = rv.Elem()
	}
	if rv.Kind() != reflect.Struct || speaks(rv) {
		return Struct(v)
	}
	e := encoder{limit: MaxDepth}
	out, f := e.structure(rv, rule{rv.Type(), true}, 1)
	if f != nil {
		return nil, f
	}
	return out.GetStructValue(), nil
}

// speaks reports whether v makes its JSON itself.
func speaks(v reflect.Value) bool {
	_, isMessage := v.Interface().(proto.Message)
	_, marshals := method(v, jsonMarshaler)
	_, texts := method(v, textMarshaler)
	return isMessage || marshals || texts
}

// encoder makes one value; it remembers the struct types that it met.
type encoder struct {
	limit int // of levels
	plans map[rule]*plan
}

// any encodes the usual types without reflection.
func (e *encoder) any(v any, level int) (*structpb.Value, *Fault) {
	switch v := v.(type) {
	case nil:
		return structpb.NewNullValue(), nil
	case bool:
		return structpb.NewBoolValue(v), nil
	case string:
		return text(v)
	case float64:
		return number(v)
	case int:
		return integer(int64(v))
	case int64:
		return integer(v)
	case json.Number:
		return fromNumber(string(v))
	case json.RawMessage:
		return e.raw(v, level)
	case time.Duration:
		return e.any(durationpb.New(v), level)
	case *time.Location:
		return zone(v)
	}
	if msg, ok := v.(proto.Message); ok {
		return e.message(msg, level)
	}
	return e.reflect(reflect.ValueOf(v), level)
}

var (
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// reflect encodes a value by its methods, else by its kind.
func (e *encoder) reflect(v reflect.Value, level int) (*structpb.Value, *Fault) {
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return structpb.NewNullValue(), nil
	}
	if m, ok := method(v, jsonMarshaler); ok {
		raw, err := m.(json.Marshaler).MarshalJSON()
		if err != nil {
			return nil, fault("", fmt.Errorf("%w: %w", ErrUnsupported, err))
		}
		return e.raw(raw, level)
	}
	if m, ok := method(v, textMarshaler); ok {
		raw, err := m.(encoding.TextMarshaler).MarshalText()
		if err != nil {
			return nil, fault("", fmt.Errorf("%w: %w", ErrUnsupported, err))
		}
		return text(string(raw))
	}
	switch v.Kind() {
	case reflect.Bool:
		return structpb.NewBoolValue(v.Bool()), nil
	case reflect.String:
		return text(v.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return integer(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if v.Uint() > maxInteger {
			return nil, fault("", ErrInexact)
		}
		return structpb.NewNumberValue(float64(v.Uint())), nil
	case reflect.Float32:
		return single(v.Float())
	case reflect.Float64:
		return number(v.Float())
	}
	return e.container(v, level)
}

// zone returns the name of a time zone.
func zone(l *time.Location) (*structpb.Value, *Fault) {
	switch l {
	case nil:
		return structpb.NewNullValue(), nil
	case time.Local:
		return nil, fault("", fmt.Errorf("%w: the local time zone has no name that others know", ErrUnsupported))
	}
	return text(l.String())
}

// method returns v, or a pointer to a copy of it, as something that implements
// the interface.
func method(v reflect.Value, iface reflect.Type) (any, bool) {
	t := v.Type()
	switch {
	case t.Implements(iface):
		return v.Interface(), true
	case t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface && reflect.PointerTo(t).Implements(iface):
		p := reflect.New(t)
		p.Elem().Set(v)
		return p.Interface(), true
	}
	return nil, false
}

// message takes over the messages that are values already, and turns others
// into their JSON.
func (e *encoder) message(m proto.Message, level int) (*structpb.Value, *Fault) {
	if !m.ProtoReflect().IsValid() {
		return structpb.NewNullValue(), nil
	}
	var v *structpb.Value
	switch m := m.(type) {
	case *structpb.Value:
		v = m
	case *structpb.Struct:
		v = structpb.NewStructValue(m)
	case *structpb.ListValue:
		v = structpb.NewListValue(m)
	default:
		raw, err := protojson.Marshal(m)
		if err != nil {
			return nil, fault("", fmt.Errorf("%w: %w", ErrUnsupported, err))
		}
		return e.raw(raw, level)
	}
	if f := checkValue(v, level, e.limit); f != nil {
		return nil, f
	}
	return v, nil
}
