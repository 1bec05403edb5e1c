package param

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// The functions of this file read a value that is not null into a type with a
// rule of its own.

func readTime(_ *node, v Value, dst reflect.Value) *fault {
	const want = "a time as RFC 3339 text"
	s, f := textOf(v, want)
	if f != nil {
		return f
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return formatFault(want, err)
	}
	dst.Set(reflect.ValueOf(t))
	return nil
}

func readDuration(_ *node, v Value, dst reflect.Value) *fault {
	const want = `a duration as text like "1h30m" or as amount and unit`
	if v.kind() == kindObject {
		return readAmount(v, dst, want)
	}
	s, f := textOf(v, want)
	if f != nil {
		return f
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return formatFault(want, err)
	}
	dst.SetInt(int64(d))
	return nil
}

// readAmount reads the composite {"amount": 3, "unit": "h"}.
func readAmount(v Value, dst reflect.Value, want string) *fault {
	amount := v.Find("amount")
	if amount.kind() != kindNumber {
		return faultf(ErrFormat, "want %s, have an object without a numeric amount", want)
	}
	n, f := amount.float()
	if f != nil {
		return f.below(".amount")
	}
	name, _ := v.Find("unit").Str()
	length, ok := UnitDuration(name)
	if !ok {
		return faultf(ErrFormat, "want a unit of fixed length (s, min, h, day, wk)").below(".unit")
	}
	d, ok := Multiply(n, length)
	if !ok {
		return faultf(ErrRange, "want a duration of at most 292 years, have one beyond")
	}
	dst.SetInt(int64(d))
	return nil
}

// readLocation reads the name of a time zone. The empty name and Local mean
// something to the time package that a parameter cannot mean.
func readLocation(_ *node, v Value, dst reflect.Value) *fault {
	const want = "the name of a time zone"
	s, f := textOf(v, want)
	if f != nil {
		return f
	}
	if s == "" || strings.EqualFold(s, "local") {
		return faultf(ErrFormat, "want %s", want)
	}
	loc, err := time.LoadLocation(s)
	if err != nil {
		return formatFault(want, err)
	}
	dst.Set(reflect.ValueOf(loc))
	return nil
}

func readNumber(_ *node, v Value, dst reflect.Value) *fault {
	if k := v.kind(); k != kindNumber && k != kindText {
		return typeFault("a number", v)
	}
	n, f := v.number()
	if f != nil {
		return f
	}
	dst.SetString(string(n))
	return nil
}

func readRaw(_ *node, v Value, dst reflect.Value) *fault {
	raw, f := v.json()
	if f != nil {
		return f
	}
	dst.SetBytes(bytes.Clone(raw))
	return nil
}

// readUnmarshaler starts from a zero value: a method may write through what
// the value had before, such as the digits of a big.Int, which defaults share.
func readUnmarshaler(n *node, v Value, dst reflect.Value) *fault {
	raw, f := v.json()
	if f != nil {
		return f
	}
	fresh := reflect.New(n.typ)
	target, ok := fresh.Interface().(json.Unmarshaler)
	if !ok {
		return faultf(ErrType, "want what %v reads", n.typ)
	}
	if err := target.UnmarshalJSON(raw); err != nil {
		return formatFault("what "+n.typ.String()+" reads", err)
	}
	dst.Set(fresh.Elem())
	return nil
}

func readByReader(n *node, v Value, dst reflect.Value) *fault {
	err := n.reader(dst.Addr().Interface(), v)
	if err == nil {
		return nil
	}
	var bad *fault
	if errors.As(err, &bad) {
		return bad
	}
	return &fault{kind: ErrFormat, text: err.Error(), cause: err}
}

func readTextUnmarshaler(n *node, v Value, dst reflect.Value) *fault {
	want := "text that " + n.typ.String() + " reads"
	s, f := textOf(v, want)
	if f != nil {
		return f
	}
	fresh := reflect.New(n.typ)
	target, ok := fresh.Interface().(encoding.TextUnmarshaler)
	if !ok {
		return faultf(ErrType, "want %s", want)
	}
	if err := target.UnmarshalText([]byte(s)); err != nil {
		return formatFault(want, err)
	}
	dst.Set(fresh.Elem())
	return nil
}

// textOf returns the content of a string.
func textOf(v Value, want string) (string, *fault) {
	if k := v.kind(); k != kindString && k != kindText {
		return "", typeFault(want, v)
	}
	s, ok := v.str()
	if !ok {
		return "", syntaxFault()
	}
	return s, nil
}

// formatFault keeps an error that may quote the value out of the text.
func formatFault(want string, err error) *fault {
	f := faultf(ErrFormat, "want %s", want)
	f.cause = err
	return f
}

// json returns the JSON of v: as it came on the raw road, compact with sorted
// names on the others. It may share the memory of v. A whole number that a
// double does not tell from its neighbours is a fault, at whatever depth.
func (v Value) json() ([]byte, *fault) {
	if v.raw != nil {
		return v.raw[:len(v.raw):len(v.raw)], nil
	}
	if f := v.inexact(); f != nil {
		return nil, f
	}
	x, f := v.natural()
	if f != nil {
		return nil, f
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(x); err != nil {
		return nil, formatFault("a value that JSON can hold", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// inexact returns the fault of the first number in a message that stands for
// its neighbours, too.
func (v Value) inexact() (bad *fault) {
	switch v.kind() {
	case kindNumber:
		if v.proto == nil {
			return nil
		}
		if _, bad = v.number(); bad != nil && !errors.Is(bad, ErrInexact) {
			bad = nil // not finite: natural tells
		}
	case kindList:
		i := 0
		_ = v.Elements(func(e Value) bool {
			if bad = e.inexact(); bad != nil {
				bad = bad.below("[" + strconv.Itoa(i) + "]")
			}
			i++
			return bad == nil
		})
	case kindObject:
		_ = v.Range(func(_ string, e Value) bool {
			if bad = e.inexact(); bad != nil {
				bad = bad.below(".*")
			}
			return bad == nil
		})
	}
	return bad
}
