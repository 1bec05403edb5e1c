package caller

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"
)

// Names of messages whose JSON is not that of their fields.
const (
	structName    = protoreflect.FullName("google.protobuf.Struct")
	valueName     = protoreflect.FullName("google.protobuf.Value")
	listName      = protoreflect.FullName("google.protobuf.ListValue")
	messageName   = protoreflect.FullName("google.cloud.dialogflow.cx.v3.ResponseMessage")
	textField     = protoreflect.FullName("google.cloud.dialogflow.cx.v3.ResponseMessage.Text.text")
	typeField     = protoreflect.FullName("google.cloud.dialogflow.cx.v3.ResponseMessage.response_type")
	maxWireDepth  = 100
	messageSource = "VIRTUAL_AGENT"
)

var errDepth = errors.New("nested too deep")

// wire prints messages as Google's Java printer does: two spaces of
// indentation, lists of scalars and the openings of objects in lists on one
// line, fields by number, < > & ' escaped.
type wire struct {
	b            []byte
	indent       int
	undocumented bool // redactedText, source and a default responseType
	decimals     bool // whole numbers of values as 9.0
	err          error
}

// encodeRequest returns the body of a standard webhook's request.
func encodeRequest(req *cxpb.WebhookRequest, cfg *config) ([]byte, error) {
	w := &wire{undocumented: cfg.undocumented, decimals: cfg.decimals}
	w.message(req.ProtoReflect())
	if w.err != nil {
		return nil, fmt.Errorf("caller: request: %w", w.err)
	}
	return w.b, nil
}

// object prints an object whose members the function adds. An empty object
// takes two lines, as in recorded requests.
func (w *wire) object(members func(member func(name string))) {
	if w.indent >= maxWireDepth {
		w.err = errDepth
		return
	}
	w.b = append(w.b, '{')
	w.indent++
	w.newline()
	first := true
	members(func(name string) {
		if !first {
			w.b = append(w.b, ',')
			w.newline()
		}
		first = false
		w.str(name)
		w.b = append(w.b, ": "...)
	})
	w.indent--
	if first { // back over the indentation of the missing member
		w.b = w.b[:len(w.b)-2]
	} else {
		w.newline()
	}
	w.b = append(w.b, '}')
}

func (w *wire) newline() {
	w.b = append(w.b, '\n')
	for range w.indent {
		w.b = append(w.b, "  "...)
	}
}

func (w *wire) list(n int, item func(i int)) {
	w.b = append(w.b, '[')
	for i := range n {
		if i > 0 {
			w.b = append(w.b, ", "...)
		}
		item(i)
	}
	w.b = append(w.b, ']')
}

func (w *wire) message(m protoreflect.Message) {
	switch m.Descriptor().FullName() {
	case structName, valueName, listName:
		w.wellKnown(m.Interface())
		return
	}
	w.object(func(member func(string)) {
		for _, f := range w.fields(m) {
			member(f.JSONName())
			if f.FullName() == typeField && !m.Has(f) {
				w.str(cxpb.ResponseMessage_HANDLER_PROMPT.String())
				continue
			}
			w.field(f, m.Get(f))
			if f.FullName() == textField && w.undocumented {
				member("redactedText")
				w.field(f, m.Get(f))
			}
		}
		if w.undocumented && m.Descriptor().FullName() == messageName {
			member("source")
			w.str(messageSource)
		}
	})
}

// fields returns the fields of m that are printed, by number: those that are
// set, and the type of a queued message in any case or not at all.
func (w *wire) fields(m protoreflect.Message) []protoreflect.FieldDescriptor {
	var list []protoreflect.FieldDescriptor
	m.Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		if f.FullName() != typeField {
			list = append(list, f)
		}
		return true
	})
	if w.undocumented && m.Descriptor().FullName() == messageName {
		list = append(list, m.Descriptor().Fields().ByName(typeField.Name()))
	}
	slices.SortFunc(list, func(a, b protoreflect.FieldDescriptor) int { return int(a.Number()) - int(b.Number()) })
	return list
}

func (w *wire) field(f protoreflect.FieldDescriptor, v protoreflect.Value) {
	switch {
	case f.IsMap():
		keys := make([]string, 0, v.Map().Len())
		v.Map().Range(func(k protoreflect.MapKey, _ protoreflect.Value) bool {
			keys = append(keys, k.String())
			return true
		})
		slices.Sort(keys)
		w.object(func(member func(string)) {
			for _, k := range keys {
				member(k)
				w.single(f.MapValue(), v.Map().Get(protoreflect.ValueOfString(k).MapKey()))
			}
		})
	case f.IsList():
		w.list(v.List().Len(), func(i int) { w.single(f, v.List().Get(i)) })
	default:
		w.single(f, v)
	}
}

func (w *wire) single(f protoreflect.FieldDescriptor, v protoreflect.Value) {
	switch f.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		w.message(v.Message())
	case protoreflect.StringKind:
		w.str(v.String())
	case protoreflect.BytesKind:
		w.str(base64.StdEncoding.EncodeToString(v.Bytes()))
	case protoreflect.BoolKind:
		w.b = strconv.AppendBool(w.b, v.Bool())
	case protoreflect.EnumKind:
		if e := f.Enum().Values().ByNumber(v.Enum()); e != nil {
			w.str(string(e.Name()))
		} else {
			w.b = strconv.AppendInt(w.b, int64(v.Enum()), 10)
		}
	case protoreflect.FloatKind:
		w.number(v.Float(), 32, true)
	case protoreflect.DoubleKind:
		w.number(v.Float(), 64, true)
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind,
		protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		w.str(v.String())
	default: // 32-bit integers
		w.b = append(w.b, v.String()...)
	}
}

// number prints a float; whole ones with a decimal if wanted.
func (w *wire) number(n float64, bits int, decimal bool) {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		w.err = fmt.Errorf("%v is no JSON number", n)
		return
	}
	whole := n == math.Trunc(n) && math.Abs(n) < 1e15
	if whole {
		w.b = strconv.AppendFloat(w.b, n, 'f', -1, bits)
		if decimal {
			w.b = append(w.b, ".0"...)
		}
		return
	}
	format := byte('g')
	if math.Abs(n) >= 1e-6 && math.Abs(n) < 1e21 {
		format = 'f'
	}
	w.b = strconv.AppendFloat(w.b, n, format, -1, bits)
}

func (w *wire) wellKnown(m proto.Message) {
	switch m := m.(type) {
	case *structpb.Struct:
		w.structure(m.GetFields())
	case *structpb.ListValue:
		w.list(len(m.GetValues()), func(i int) { w.value(m.GetValues()[i]) })
	case *structpb.Value:
		w.value(m)
	}
}

func (w *wire) structure(fields map[string]*structpb.Value) {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	w.object(func(member func(string)) {
		for _, name := range names {
			member(name)
			w.value(fields[name])
		}
	})
}

func (w *wire) value(v *structpb.Value) {
	switch k := v.GetKind().(type) {
	case *structpb.Value_NullValue:
		w.b = append(w.b, "null"...)
	case *structpb.Value_BoolValue:
		w.b = strconv.AppendBool(w.b, k.BoolValue)
	case *structpb.Value_NumberValue:
		w.number(k.NumberValue, 64, w.decimals)
	case *structpb.Value_StringValue:
		w.str(k.StringValue)
	case *structpb.Value_StructValue:
		w.structure(k.StructValue.GetFields())
	case *structpb.Value_ListValue:
		w.wellKnown(k.ListValue)
	default:
		w.err = errors.New("a value without a kind")
	}
}

// str prints a string with the escapes of recorded requests.
func (w *wire) str(s string) {
	if !utf8.ValidString(s) {
		w.err = fmt.Errorf("%q is not UTF-8", s)
		return
	}
	w.b = append(w.b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			w.b = append(w.b, '\\', byte(r))
		case r == '\n':
			w.b = append(w.b, `\n`...)
		case r == '\r':
			w.b = append(w.b, `\r`...)
		case r == '\t':
			w.b = append(w.b, `\t`...)
		case r < 0x20, r == '<', r == '>', r == '&', r == '\'', r == '\u2028', r == '\u2029':
			w.b = fmt.Appendf(w.b, `\u%04x`, r)
		default:
			w.b = utf8.AppendRune(w.b, r)
		}
	}
	w.b = append(w.b, '"')
}
