package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// What the JSON of an event may be. What passes here, any JSON decoder of Go
// can read again in bounded memory.
const (
	// MaxDepth bounds the nesting of objects and lists.
	MaxDepth = 64
	// MaxValues bounds the values in one event, names not counted.
	MaxValues = 100_000
)

var errScalar = errors.New("events: payload is neither an object nor a list")

// decodePayload reads JSON strictly: one object or list in UTF-8, no name
// twice, nothing behind it, at most MaxDepth deep and MaxValues large. Numbers
// keep their digits.
func decodePayload(data []byte) (any, error) {
	d := payloadDecoder{dec: jsontext.NewDecoder(bytes.NewBuffer(data))}
	if kind := d.dec.PeekKind(); kind != '{' && kind != '[' {
		if _, err := d.dec.ReadToken(); err != nil {
			return nil, decodeError(err)
		}
		return nil, errScalar
	}
	value, err := d.value(0)
	if err != nil {
		return nil, err
	}
	if _, err := d.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("events: payload goes on behind its end at byte %d", d.dec.InputOffset())
	}
	return value, nil
}

type payloadDecoder struct {
	dec    *jsontext.Decoder
	values int
}

func (d *payloadDecoder) value(depth int) (any, error) {
	d.values++
	if d.values > MaxValues {
		return nil, fmt.Errorf("events: payload has more than %d values", MaxValues)
	}
	token, err := d.dec.ReadToken()
	if err != nil {
		return nil, decodeError(err)
	}
	switch token.Kind() {
	case 'n':
		return nil, nil //nolint:nilnil // null is a value
	case 't', 'f':
		return token.Bool(), nil
	case '"':
		return token.String(), nil
	case '0':
		return json.Number(token.String()), nil
	}
	if depth >= MaxDepth {
		return nil, fmt.Errorf("events: payload is nested deeper than %d", MaxDepth)
	}
	if token.Kind() == '{' {
		return d.object(depth + 1)
	}
	return d.list(depth + 1)
}

func (d *payloadDecoder) object(depth int) (any, error) {
	object := make(map[string]any)
	for d.dec.PeekKind() != '}' {
		name, err := d.dec.ReadToken()
		if err != nil {
			return nil, decodeError(err)
		}
		key := name.String() // before the next token takes its place
		value, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		object[key] = value
	}
	_, err := d.dec.ReadToken()
	return object, decodeError(err)
}

func (d *payloadDecoder) list(depth int) (any, error) {
	list := []any{}
	for d.dec.PeekKind() != ']' {
		value, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	_, err := d.dec.ReadToken()
	return list, decodeError(err)
}

// decodeError names the place and what is wrong there, without the text that
// the decoder quotes.
func decodeError(err error) error {
	var syntactic *jsontext.SyntacticError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntactic):
		return fmt.Errorf("events: payload is not JSON at byte %d", syntactic.ByteOffset)
	default:
		return errors.New("events: payload is not JSON, or ends early")
	}
}
