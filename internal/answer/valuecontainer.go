package answer

import (
	"encoding"
	"encoding/base64"
	"fmt"
	"reflect"
	"strconv"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/structpb"
)

// container encodes what holds other values.
func (e *encoder) container(v reflect.Value, level int) (*structpb.Value, *Fault) {
	if level > e.limit {
		return nil, tooDeep(e.limit)
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
		return e.structure(v, rule{typ: v.Type()}, level)
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
