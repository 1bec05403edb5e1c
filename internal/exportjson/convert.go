package exportjson

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// message turns the JSON of an exported message into the JSON that protojson
// reads, without the fields that the message does not know.
func message(v any, md protoreflect.MessageDescriptor, at string) (any, error) {
	switch md.FullName() {
	case "google.protobuf.Duration":
		return duration(v, at)
	case "google.protobuf.Timestamp":
		return timestamp(v, at)
	}
	if md.FullName().Parent() == "google.protobuf" {
		return v, nil // Struct, Value and the like are plain JSON in both forms
	}
	obj, ok := v.(map[string]any)
	if !ok {
		return nil, &Error{Field: at, Err: fmt.Errorf("have %s, want an object", kind(v))}
	}
	out := make(map[string]any, len(obj))
	for name, sub := range obj {
		fd := md.Fields().ByJSONName(name)
		if fd == nil {
			fd = md.Fields().ByTextName(name)
		}
		if fd == nil || (sub == nil && !isValue(fd)) {
			continue
		}
		conv, err := field(sub, fd, join(at, name))
		if err != nil {
			return nil, err
		}
		out[name] = conv
	}
	return out, nil
}

func field(v any, fd protoreflect.FieldDescriptor, at string) (any, error) {
	switch {
	case fd.IsMap():
		return mapping(v, fd, at)
	case fd.IsList():
		list, ok := v.([]any)
		if !ok {
			return nil, &Error{Field: at, Err: fmt.Errorf("have %s, want a list", kind(v))}
		}
		out := make([]any, len(list))
		for i, sub := range list {
			var err error
			if out[i], err = single(sub, fd, index(at, i)); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return single(v, fd, at)
}

// mapping reads a map as an object or as a list of {"key", "value"}.
func mapping(v any, fd protoreflect.FieldDescriptor, at string) (any, error) {
	out := map[string]any{}
	switch v := v.(type) {
	case map[string]any:
		for key, sub := range v {
			conv, err := single(sub, fd.MapValue(), join(at, key))
			if err != nil {
				return nil, err
			}
			out[key] = conv
		}
	case []any:
		for i, e := range v {
			key, sub, err := entry(e, fd, index(at, i))
			if err != nil {
				return nil, err
			}
			if _, dup := out[key]; dup {
				return nil, &Error{Field: index(at, i), Err: fmt.Errorf("the key %q occurs twice", key)}
			}
			out[key] = sub
		}
	default:
		return nil, &Error{Field: at, Err: fmt.Errorf("have %s, want an object or a list of key and value", kind(v))}
	}
	return out, nil
}

// entry reads one {"key", "value"}. As everywhere in an export, an empty key
// or value may be left out.
func entry(e any, fd protoreflect.FieldDescriptor, at string) (key string, value any, err error) {
	obj, ok := e.(map[string]any)
	if !ok {
		return "", nil, &Error{Field: at, Err: fmt.Errorf("have %s, want an object of key and value", kind(e))}
	}
	switch k := obj["key"].(type) {
	case nil:
	case string:
		key = k
	case json.Number:
		key = k.String()
	case bool:
		key = fmt.Sprint(k)
	default:
		return "", nil, &Error{Field: at + ".key", Err: fmt.Errorf("have %s, want a scalar", kind(k))}
	}
	sub, vd := obj["value"], fd.MapValue()
	switch {
	case sub != nil:
		value, err = single(sub, vd, at+".value")
	case vd.Message() == nil:
		value = zero(vd)
	case !isValue(vd):
		value = map[string]any{}
	}
	return key, value, err
}

func zero(fd protoreflect.FieldDescriptor) any {
	switch fd.Kind() {
	case protoreflect.StringKind, protoreflect.BytesKind:
		return ""
	case protoreflect.BoolKind:
		return false
	}
	return 0
}

// single converts one value that is not a list or map of its own.
func single(v any, fd protoreflect.FieldDescriptor, at string) (any, error) {
	switch fd.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return message(v, fd.Message(), at)
	case protoreflect.EnumKind:
		return v, enum(v, fd.Enum(), at)
	case protoreflect.BytesKind:
		return binary(v, at)
	case protoreflect.StringKind:
		return v, want[string](v, "a string", at)
	case protoreflect.BoolKind:
		return v, want[bool](v, "true or false", at)
	}
	switch v.(type) {
	case json.Number, string: // 64-bit integers and special floats are strings in the API's form
		return v, nil
	}
	return nil, &Error{Field: at, Err: fmt.Errorf("have %s, want a number", kind(v))}
}

func want[T any](v any, what, at string) error {
	if _, ok := v.(T); !ok {
		return &Error{Field: at, Err: fmt.Errorf("have %s, want %s", kind(v), what)}
	}
	return nil
}

func enum(v any, ed protoreflect.EnumDescriptor, at string) error {
	switch v := v.(type) {
	case string:
		if ed.Values().ByName(protoreflect.Name(v)) == nil {
			return &Error{Field: at, Err: fmt.Errorf("%q is not a value of %s", v, ed.Name())}
		}
	case json.Number:
		n, err := v.Int64()
		if err != nil || n != int64(int32(n)) || ed.Values().ByNumber(protoreflect.EnumNumber(n)) == nil {
			return &Error{Field: at, Err: fmt.Errorf("%s is not a value of %s", v, ed.Name())}
		}
	default:
		return &Error{Field: at, Err: fmt.Errorf("have %s, want a value of %s", kind(v), ed.Name())}
	}
	return nil
}

// binary accepts the base64 that protojson does: either alphabet, padded or
// not. Other text is kept as its own bytes.
func binary(v any, at string) (any, error) {
	s, ok := v.(string)
	if !ok {
		return nil, &Error{Field: at, Err: fmt.Errorf("have %s, want base64 text", kind(v))}
	}
	enc := base64.RawStdEncoding
	if strings.ContainsAny(s, "-_") {
		enc = base64.RawURLEncoding
	}
	data, err := enc.DecodeString(strings.TrimRight(s, "="))
	if err != nil {
		data = []byte(s)
	}
	return base64.StdEncoding.EncodeToString(data), nil
}

func duration(v any, at string) (any, error) {
	obj, ok := v.(map[string]any)
	if !ok {
		return v, nil // "5s"; anything else is refused by protojson
	}
	sec, nano, err := secondsNanos(obj, at)
	if err != nil {
		return nil, err
	}
	sign := ""
	if sec < 0 || nano < 0 {
		sign, sec, nano = "-", -sec, -nano
	}
	if sec < 0 || nano < 0 || nano > 999_999_999 {
		return nil, &Error{Field: at, Err: errors.New("seconds and nanos must have one sign, and nanos be less than a second")}
	}
	return fmt.Sprintf("%s%d.%09ds", sign, sec, nano), nil
}

func timestamp(v any, at string) (any, error) {
	obj, ok := v.(map[string]any)
	if !ok {
		return v, nil
	}
	sec, nano, err := secondsNanos(obj, at)
	if err != nil {
		return nil, err
	}
	if nano < 0 || nano > 999_999_999 {
		return nil, &Error{Field: at, Err: fmt.Errorf("nanos are %d, want 0 to 999999999", nano)}
	}
	return time.Unix(sec, nano).UTC().Format(time.RFC3339Nano), nil
}

func secondsNanos(obj map[string]any, at string) (sec, nano int64, err error) {
	for name, to := range map[string]*int64{"seconds": &sec, "nanos": &nano} {
		var n json.Number
		switch v := obj[name].(type) {
		case nil:
			continue
		case json.Number:
			n = v
		case string:
			n = json.Number(v)
		default:
			return 0, 0, &Error{Field: join(at, name), Err: fmt.Errorf("have %s, want a whole number", kind(v))}
		}
		if *to, err = n.Int64(); err != nil {
			return 0, 0, &Error{Field: join(at, name), Err: fmt.Errorf("have %q, want a whole number", n)}
		}
	}
	return sec, nano, nil
}

func isValue(fd protoreflect.FieldDescriptor) bool {
	return fd.Message() != nil && fd.Message().FullName() == "google.protobuf.Value"
}

// kind names the JSON type of v without its content, which may be a secret.
func kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case []any:
		return "a list"
	}
	return "an object"
}
