package param

import (
	"math"
	"reflect"
	"strconv"
	"strings"
)

// The functions of this file read a value that is not null into a Go value of
// one kind.

func readString(_ *node, v Value, dst reflect.Value) *fault {
	if k := v.kind(); k != kindString && k != kindText {
		return typeFault("a string", v)
	}
	s, ok := v.str()
	if !ok {
		return syntaxFault()
	}
	dst.SetString(s)
	return nil
}

func readBool(_ *node, v Value, dst reflect.Value) *fault {
	b, ok := v.boolean()
	if !ok {
		return typeFault("a boolean", v)
	}
	dst.SetBool(b)
	return nil
}

// boolean returns the truth that v holds, if it is one.
func (v Value) boolean() (b, ok bool) {
	switch v.kind() {
	case kindBool:
		if v.proto != nil {
			return v.proto.GetBoolValue(), true
		}
		b = string(v.raw) == "true"
		return b, b || string(v.raw) == "false"
	case kindText:
		b = v.text[0] == "true"
		return b, b || v.text[0] == "false"
	}
	return false, false
}

func readInt(n *node, v Value, dst reflect.Value) *fault {
	whole, f := wholeOf(n.whole, v)
	if f != nil {
		return f
	}
	i, ok := whole.signed(n.whole.bits)
	if !ok {
		return n.whole.beyond()
	}
	dst.SetInt(i)
	return nil
}

func readUint(n *node, v Value, dst reflect.Value) *fault {
	whole, f := wholeOf(n.whole, v)
	if f != nil {
		return f
	}
	u, ok := whole.unsigned(n.whole.bits)
	if !ok {
		return n.whole.beyond()
	}
	dst.SetUint(u)
	return nil
}

func wholeOf(t integer, v Value) (wholeNumber, *fault) {
	if k := v.kind(); k != kindNumber && k != kindText {
		return wholeNumber{}, typeFault("an integer", v)
	}
	return t.read(v)
}

func readFloat(n *node, v Value, dst reflect.Value) *fault {
	if k := v.kind(); k != kindNumber && k != kindText {
		return typeFault("a number", v)
	}
	d, f := v.float()
	if f != nil {
		return f
	}
	if n.typ.Bits() == 32 {
		// Rounded once to a double and then to a float, on every road.
		if math.IsInf(float64(float32(d)), 0) {
			return faultf(ErrRange, "want a number up to %g (float32), have one beyond", math.MaxFloat32)
		}
	}
	dst.SetFloat(d)
	return nil
}

// readPointer sets what was pointed to in a copy, so that what holds the old
// pointer keeps it: defaults may be shared.
func readPointer(n *node, v Value, dst reflect.Value) *fault {
	fresh := reflect.New(n.typ.Elem())
	if !dst.IsNil() {
		fresh.Elem().Set(dst.Elem())
	}
	if f := n.elem.set(v, fresh.Elem()); f != nil {
		return f
	}
	dst.Set(fresh)
	return nil
}

// readSlice makes a new slice, so that what held the old one keeps it.
func readSlice(n *node, v Value, dst reflect.Value) *fault {
	if k := v.kind(); k != kindList && k != kindTexts && k != kindText {
		return typeFault("a list", v)
	}
	out := reflect.New(n.typ).Elem()
	out.Set(reflect.MakeSlice(n.typ, 0, len(v.proto.GetListValue().GetValues())))
	var bad *fault
	err := v.Elements(func(e Value) bool {
		i := out.Len()
		if i == out.Cap() {
			out.Grow(1)
		}
		out.SetLen(i + 1)
		if bad = n.elem.set(e, out.Index(i)); bad != nil {
			bad = bad.below("[" + strconv.Itoa(i) + "]")
		}
		return bad == nil
	})
	if bad == nil && err != nil {
		bad = syntaxFault()
	}
	if bad != nil {
		return bad
	}
	dst.Set(out)
	return nil
}

func readMap(n *node, v Value, dst reflect.Value) *fault {
	if v.kind() != kindObject {
		return typeFault("an object", v)
	}
	out := reflect.MakeMap(n.typ)
	key := reflect.New(n.typ.Key()).Elem()
	elem := reflect.New(n.typ.Elem()).Elem()
	var bad *fault
	err := v.Range(func(name string, e Value) bool {
		elem.SetZero()
		if bad = n.elem.set(e, elem); bad != nil {
			bad = bad.below(".*")
			return false
		}
		key.SetString(strings.Clone(name))
		out.SetMapIndex(key, elem)
		return true
	})
	if bad == nil && err != nil {
		bad = syntaxFault()
	}
	if bad != nil {
		return bad
	}
	dst.Set(out)
	return nil
}

func readStruct(n *node, v Value, dst reflect.Value) *fault {
	if v.kind() != kindObject {
		return typeFault("an object", v)
	}
	return n.object.read(v, dst)
}

func readAny(_ *node, v Value, dst reflect.Value) *fault {
	x, f := v.natural()
	if f != nil {
		return f
	}
	dst.Set(reflect.ValueOf(x))
	return nil
}

// natural returns the Go value that v is by itself: nil, bool, float64,
// string, []any or map[string]any.
func (v Value) natural() (any, *fault) {
	switch v.kind() {
	case kindNull:
		return nil, nil
	case kindBool:
		b, ok := v.boolean()
		if !ok {
			return nil, syntaxFault()
		}
		return b, nil
	case kindNumber:
		d, f := v.float()
		if f != nil {
			return nil, f
		}
		return d, nil
	case kindString, kindText:
		s, ok := v.str()
		if !ok {
			return nil, syntaxFault()
		}
		return s, nil
	case kindList, kindTexts:
		return v.naturalList()
	case kindObject:
		return v.naturalMap()
	}
	return nil, syntaxFault()
}

func (v Value) naturalList() (any, *fault) {
	out := make([]any, 0, len(v.proto.GetListValue().GetValues()))
	var bad *fault
	err := v.Elements(func(e Value) bool {
		var x any
		if x, bad = e.natural(); bad != nil {
			bad = bad.below("[" + strconv.Itoa(len(out)) + "]")
			return false
		}
		out = append(out, x)
		return true
	})
	if bad == nil && err != nil {
		bad = syntaxFault()
	}
	return out, bad
}

func (v Value) naturalMap() (any, *fault) {
	out := make(map[string]any, len(v.proto.GetStructValue().GetFields()))
	var bad *fault
	err := v.Range(func(name string, e Value) bool {
		var x any
		if x, bad = e.natural(); bad != nil {
			bad = bad.below(".*")
			return false
		}
		out[strings.Clone(name)] = x
		return true
	})
	if bad == nil && err != nil {
		bad = syntaxFault()
	}
	return out, bad
}
