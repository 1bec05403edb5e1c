package flexible

import (
	"bytes"
	"encoding"
	"errors"
	"reflect"
	"unicode/utf8"
)

var errAnswerText = errors.New("a text of the answer is not UTF-8")

// checkText refuses an answer with text that is no UTF-8: encoded is the JSON
// that encoding/json made of v, which holds such text as it is, if it came as
// JSON, or with an escape in place of what is wrong.
func checkText(v reflect.Value, encoded []byte) error {
	if !utf8.Valid(encoded) || bytes.Contains(encoded, []byte(`\ufffd`)) && !validText(v) {
		return errAnswerText
	}
	return nil
}

// validText looks for the text that was replaced. It ends, because v has been
// encoded.
func validText(v reflect.Value) bool {
	switch {
	case (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && v.IsNil():
		return true
	case v.Type().Implements(jsonMarshaler): // made of JSON
		return true
	case v.Type().Implements(textMarshaler):
		text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
		return err != nil || utf8.Valid(text)
	}
	switch v.Kind() {
	case reflect.String:
		return utf8.ValidString(v.String())
	case reflect.Pointer, reflect.Interface:
		return validText(v.Elem())
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if !validText(v.Index(i)) {
				return false
			}
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			if !validText(entries.Key()) || !validText(entries.Value()) {
				return false
			}
		}
	case reflect.Struct:
		for _, f := range wireFields(v.Type()) {
			if field, err := v.FieldByIndexErr(f.index); err == nil && !validText(field) {
				return false
			}
		}
	}
	return true
}
