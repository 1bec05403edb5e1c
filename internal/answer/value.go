package answer

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"

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
//   - Struct fields are named by their cx tag if they have one (the part before
//     the comma, with the options omitempty and omitzero); a field whose tag
//     names another source than session is left out. Then by their json tag,
//     then by the field's own name.
//   - A nil slice is an empty list and a nil map an empty object, since a null
//     would remove a parameter. A nil pointer or interface is null.
//   - Methods of the pointer are used for values, too.
//   - time.Duration is a string of seconds, "90s", as in the JSON of Google's
//     APIs and as time.ParseDuration reads it.
//   - Protobuf messages have their protobuf JSON. *structpb.Value, Struct and
//     ListValue are taken over without a copy.
//   - Integers beyond ±2^53, invalid UTF-8, duplicate keys and struct types
//     without any exported field are faults instead of being changed or lost.
//     Raw JSON is held to the same.
//
// Nesting ends at [MaxDepth].
func Value(v any) (*structpb.Value, error) {
	var e encoder
	out, f := e.any(v, 1)
	if f != nil {
		return nil, f
	}
	return out, nil
}

// Struct is [Value] for what must be an object. A nil pointer or a null gives
// nil.
func Struct(v any) (*structpb.Struct, error) {
	out, err := Value(v)
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

// encoder makes one value; it remembers the struct types that it met.
type encoder struct {
	plans map[reflect.Type]*plan
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
		return fromRaw(v, level)
	case time.Duration:
		return e.any(durationpb.New(v), level)
	}
	if msg, ok := v.(proto.Message); ok {
		return message(msg, level)
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
		return fromRaw(raw, level)
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

// container encodes what holds other values.
func (e *encoder) container(v reflect.Value, level int) (*structpb.Value, *Fault) {
	if level > MaxDepth {
		return nil, tooDeep(MaxDepth)
	}
	switch v.Kind() {
	case reflect.Pointer:
		return e.pointed(v, level)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return structpb.NewStringValue(base64.StdEncoding.EncodeToString(v.Bytes())), nil
		}
		return e.list(v, level)
	case reflect.Array:
		return e.list(v, level)
	case reflect.Map:
		return e.object(v, level)
	case reflect.Struct:
		return e.structure(v, level)
	}
	return nil, fault("", fmt.Errorf("%w: %s", ErrUnsupported, v.Type()))
}

// pointed encodes what a pointer points to. Pointers to pointers and to
// interfaces count as a level, so that cycles of them end.
func (e *encoder) pointed(v reflect.Value, level int) (*structpb.Value, *Fault) {
	v = v.Elem()
	if v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		level++
	}
	return e.element(v, level)
}

func (e *encoder) list(v reflect.Value, level int) (*structpb.Value, *Fault) {
	values := make([]*structpb.Value, v.Len())
	for i := range values {
		item, f := e.element(v.Index(i), level+1)
		if f != nil {
			return nil, f.In(Index(i))
		}
		values[i] = item
	}
	return structpb.NewListValue(&structpb.ListValue{Values: values}), nil
}

func (e *encoder) object(v reflect.Value, level int) (*structpb.Value, *Fault) {
	fields := make(map[string]*structpb.Value, v.Len())
	for it := v.MapRange(); it.Next(); {
		name, f := keyOf(it.Key())
		if f != nil {
			return nil, f
		}
		if _, twice := fields[name]; twice {
			return nil, fault(Key(name), ErrConflict)
		}
		item, f := e.element(it.Value(), level+1)
		if f != nil {
			return nil, f.In(Key(name))
		}
		fields[name] = item
	}
	return structpb.NewStructValue(&structpb.Struct{Fields: fields}), nil
}

// element encodes a value found inside another one.
func (e *encoder) element(v reflect.Value, level int) (*structpb.Value, *Fault) {
	if v.Kind() == reflect.Interface && v.IsNil() {
		return structpb.NewNullValue(), nil
	}
	return e.any(v.Interface(), level)
}

// keyOf returns the key of a map as the name of a field.
func keyOf(v reflect.Value) (string, *Fault) {
	var name string
	switch {
	case v.Kind() == reflect.String:
		name = v.String()
	case v.Type().Implements(textMarshaler):
		raw, err := v.Interface().(encoding.TextMarshaler).MarshalText()
		if err != nil {
			return "", fault("", fmt.Errorf("%w: key: %w", ErrUnsupported, err))
		}
		name = string(raw)
	case v.CanInt():
		name = strconv.FormatInt(v.Int(), 10)
	case v.CanUint():
		name = strconv.FormatUint(v.Uint(), 10)
	default:
		return "", fault("", fmt.Errorf("%w: key of type %s", ErrUnsupported, v.Type()))
	}
	if !utf8.ValidString(name) {
		return "", fault(Key(name), ErrUTF8)
	}
	return name, nil
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
func message(m proto.Message, level int) (*structpb.Value, *Fault) {
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
		return fromRaw(raw, level)
	}
	if f := checkValue(v, level, MaxDepth); f != nil {
		return nil, f
	}
	return v, nil
}
