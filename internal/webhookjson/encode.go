package webhookjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"sync"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// ErrValue is wrapped by the errors of [Append] and [AppendRequest]: the
// message holds what JSON cannot hold, or a value without a kind.
var ErrValue = errors.New("webhookjson: message has no JSON")

// Append appends the compact JSON of resp to dst, with map keys in order. A
// nil response is {}. It fails on what JSON or protobuf cannot hold: NaN and
// infinities in values, strings that are not UTF-8, values without a kind
// (also nil ones in maps and lists); the error wraps [ErrValue] and names the
// place. After an error what it returns is dst without an addition. Append
// does not allocate while dst has room.
func Append(dst []byte, resp *cxpb.WebhookResponse) ([]byte, error) {
	if resp == nil {
		return append(dst, '{', '}'), nil
	}
	return appendMessage(dst, theSchema().response, resp)
}

// AppendRequest does for a request what [Append] does for an answer.
func AppendRequest(dst []byte, req *cxpb.WebhookRequest) ([]byte, error) {
	if req == nil {
		return append(dst, '{', '}'), nil
	}
	return appendMessage(dst, theSchema().request, req)
}

func appendMessage(dst []byte, t *table, m proto.Message) ([]byte, error) {
	e := encoders.Get().(*encoder)
	e.out = dst
	err := t.write(e, m)
	out := e.out
	e.out = nil
	e.open, e.opened = recycle(e.open[:e.opened]), 0
	e.ranks = e.ranks[:0]
	encoders.Put(e)
	switch {
	case errors.Is(err, errForeign):
		return appendForeign(dst, m)
	case err != nil:
		return dst, err
	}
	return out, nil
}

// errForeign reports a field that nothing here knows.
var errForeign = errors.New("webhookjson: unknown field in use")

// appendForeign leaves a message to protojson.
func appendForeign(dst []byte, m proto.Message) ([]byte, error) {
	raw, err := protojson.Marshal(m)
	if err != nil {
		return dst, fmt.Errorf("%w: %w", ErrValue, err)
	}
	buf := bytes.NewBuffer(dst)
	if err := json.Compact(buf, raw); err != nil {
		return dst, fmt.Errorf("%w: %w", ErrValue, err)
	}
	return buf.Bytes(), nil
}

// valueError is what cannot be written, and where.
type valueError struct {
	path   string
	reason string
}

func (e *valueError) Error() string {
	return "webhookjson: " + e.path + ": " + e.reason
}

func (e *valueError) Unwrap() error { return ErrValue }

// inside adds a name before the path of an error.
func inside(name string, err error) error {
	var v *valueError
	if !errors.As(err, &v) {
		return err
	}
	switch {
	case v.path == "":
		v.path = name
	case v.path[0] == '[':
		v.path = name + v.path
	default:
		v.path = name + "." + v.path
	}
	return v
}

func insideItem(i int, err error) error {
	return inside("["+strconv.Itoa(i)+"]", err)
}

type encoder struct {
	out    []byte
	open   []member // entries of the maps that are being written
	ranks  []rank   // their order
	opened int      // the most that were open
}

// member is an entry of a map.
type member struct {
	key   string
	value *structpb.Value
}

var encoders = sync.Pool{New: func() any { return new(encoder) }}

// key appends the name of a field, and the comma before it.
func (e *encoder) key(f *field) {
	if e.out[len(e.out)-1] != '{' {
		e.out = append(e.out, ',')
	}
	e.out = append(e.out, f.key...)
}

func (e *encoder) value(v *structpb.Value) error {
	switch k := v.GetKind().(type) {
	case *structpb.Value_StringValue:
		if k != nil {
			return e.text(k.StringValue)
		}
	case *structpb.Value_NumberValue:
		if k != nil {
			return e.number(k.NumberValue)
		}
	case *structpb.Value_StructValue:
		if k != nil {
			return e.entries(k.StructValue.GetFields())
		}
	case *structpb.Value_ListValue:
		if k != nil {
			return e.list(k.ListValue.GetValues())
		}
	case *structpb.Value_BoolValue:
		if k != nil {
			e.out = strconv.AppendBool(e.out, k.BoolValue)
			return nil
		}
	case *structpb.Value_NullValue:
		if k != nil {
			e.out = append(e.out, "null"...)
			return nil
		}
	}
	return &valueError{reason: "a value has no kind; an explicit null is structpb.NewNullValue()"}
}

func (e *encoder) list(items []*structpb.Value) error {
	e.out = append(e.out, '[')
	for i, v := range items {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		if err := e.value(v); err != nil {
			return insideItem(i, err)
		}
	}
	e.out = append(e.out, ']')
	return nil
}

func (e *encoder) number(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return &valueError{reason: "a value is NaN or infinite"}
	}
	if whole := int64(f); float64(whole) == f && -1e15 < f && f < 1e15 && (whole != 0 || !math.Signbit(f)) {
		e.out = strconv.AppendInt(e.out, whole, 10)
		return nil
	}
	if !e.decimal(f) {
		e.float(f, 64)
	}
	return nil
}

// decimal appends f if it has few digits and up to four of them after the
// point, as prices and positions have, and reports whether. A number of up to
// 15 digits is the only one of its length that reads back as its float64, and
// a quotient of two numbers that a float64 represents exactly is rounded as
// reading would round it.
func (e *encoder) decimal(f float64) bool {
	if f < -1e10 || f > 1e10 || f > -1e-3 && f < 1e-3 {
		return false
	}
	for places := 1; places <= 4; places++ {
		scale := powers[places]
		scaled := int64(math.RoundToEven(f * scale))
		if float64(scaled)/scale != f {
			continue
		}
		if scaled < 0 {
			e.out = append(e.out, '-')
			scaled = -scaled
		}
		unit := int64(scale)
		e.out = strconv.AppendInt(e.out, scaled/unit, 10)
		e.out = append(e.out, '.')
		for rest := scaled % unit; unit > 1; rest %= unit {
			unit /= 10
			e.out = append(e.out, byte('0'+rest/unit))
		}
		return true
	}
	return false
}

func isZero32(f float32) bool { return f == 0 && !math.Signbit(float64(f)) }

func (e *encoder) float32(v float32) {
	switch f := float64(v); {
	case math.IsNaN(f):
		e.out = append(e.out, `"NaN"`...)
	case math.IsInf(f, 1):
		e.out = append(e.out, `"Infinity"`...)
	case math.IsInf(f, -1):
		e.out = append(e.out, `"-Infinity"`...)
	default:
		e.float(f, 32)
	}
}

// float appends the shortest number that reads back as f.
func (e *encoder) float(f float64, bitSize int) {
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	e.out = strconv.AppendFloat(e.out, f, format, -1, bitSize)
}
