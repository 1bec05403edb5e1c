package param

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// node is the compiled form of a Go type.
type node struct {
	typ    reflect.Type
	read   func(n *node, v Value, dst reflect.Value) *fault
	elem   *node // of pointers, slices and maps
	object *object
	whole  integer
	reader func(ptr any, v Value) error
	check  func(ptr any) error
	json   func(text []byte) error
}

// compiler makes nodes. It holds those begun, so that types may contain
// themselves.
type compiler struct {
	config *Config
	nodes  map[reflect.Type]*node
}

var (
	typeTime            = reflect.TypeFor[time.Time]()
	typeDuration        = reflect.TypeFor[time.Duration]()
	typeLocation        = reflect.TypeFor[time.Location]()
	typeNumber          = reflect.TypeFor[json.Number]()
	typeRaw             = reflect.TypeFor[json.RawMessage]()
	typeJSONUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	typeTextUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func (c *compiler) node(t reflect.Type) (*node, error) {
	if n := c.nodes[t]; n != nil {
		return n, nil
	}
	n := &node{typ: t, reader: c.config.Readers[t], check: c.config.Checks[t], json: c.config.JSONText}
	c.nodes[t] = n
	if n.reader != nil {
		n.read = readByReader
		return n, nil
	}
	if n.read = special(t); n.read != nil {
		return n, nil
	}
	var err error
	switch t.Kind() {
	case reflect.String:
		n.read = readString
	case reflect.Bool:
		n.read = readBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n.read, n.whole = readInt, integer{bits: t.Bits()}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n.read, n.whole = readUint, integer{bits: t.Bits(), unsigned: true}
	case reflect.Float32, reflect.Float64:
		n.read = readFloat
	case reflect.Struct:
		n.read = readStruct
		n.object, err = c.object(t, nested)
	case reflect.Pointer:
		if t.Elem().Kind() == reflect.Pointer {
			return nil, fmt.Errorf("type %s is not supported: a pointer to a pointer", typeName(t))
		}
		n.read = readPointer
		n.elem, err = c.node(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return nil, fmt.Errorf("type %s is not supported: use string or json.RawMessage", typeName(t))
		}
		n.read = readSlice
		n.elem, err = c.node(t.Elem())
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			return nil, fmt.Errorf("type %s is not supported: the keys of a map are strings", typeName(t))
		}
		n.read = readMap
		n.elem, err = c.node(t.Elem())
	case reflect.Interface:
		if t.NumMethod() > 0 {
			return nil, fmt.Errorf("type %s is not supported: of interfaces only any is", typeName(t))
		}
		n.read = readAny
	default:
		return nil, fmt.Errorf("type %s is not supported", typeName(t))
	}
	return n, err
}

// special returns how types with rules of their own are read.
func special(t reflect.Type) func(*node, Value, reflect.Value) *fault {
	switch t {
	case typeTime:
		return readTime
	case typeDuration:
		return readDuration
	case typeNumber:
		return readNumber
	case typeRaw:
		return readRaw
	}
	if t.Kind() == reflect.Pointer {
		if t.Elem() == typeLocation {
			return readLocation
		}
		return nil
	}
	switch pointer := reflect.PointerTo(t); {
	case pointer.Implements(typeJSONUnmarshaler):
		return readUnmarshaler
	case pointer.Implements(typeTextUnmarshaler):
		return readTextUnmarshaler
	}
	return nil
}

// set reads v into dst. What is absent leaves dst as it is.
func (n *node) set(v Value, dst reflect.Value) *fault {
	text := v
	if v = v.untext(n); v.absent() {
		return nil
	}
	if n.json != nil && len(text.text) == 1 && v.raw != nil {
		if err := n.json(v.raw); err != nil {
			return &fault{kind: ErrFormat, text: err.Error(), cause: err}
		}
	}
	if f := n.read(n, v, dst); f != nil {
		return f
	}
	if n.check == nil {
		return nil
	}
	if err := n.check(dst.Addr().Interface()); err != nil {
		return &fault{kind: ErrFormat, text: err.Error(), cause: err}
	}
	return nil
}

// untext gives text of a URL the type that n wants: nothing if it is empty,
// JSON if n wants a list or an object.
func (v Value) untext(n *node) Value {
	if len(v.text) != 1 {
		return v
	}
	for n.typ.Kind() == reflect.Pointer && n.elem != nil {
		n = n.elem
	}
	text := v.text[0]
	if text == "" && n.typ.Kind() != reflect.String && n.typ.Kind() != reflect.Interface {
		return Value{}
	}
	composite := n.object != nil || n.reader != nil || n.typ.Kind() == reflect.Slice || n.typ.Kind() == reflect.Map || n.typ == typeDuration
	if composite && text != "" && (text[0] == '{' || text[0] == '[') && json.Valid([]byte(text)) {
		return JSON([]byte(text))
	}
	return v
}
