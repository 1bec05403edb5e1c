package exportjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// parse reads one JSON text into nil, bool, string, json.Number, []any and
// map[string]any. Unlike json.Unmarshal it refuses repeated keys.
func parse(data []byte) (any, error) {
	if !utf8.Valid(data) {
		return nil, &Error{Err: errors.New("not valid UTF-8")}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	r := reader{dec: dec}
	tree, err := r.value("", 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, &Error{Err: fmt.Errorf("more after the JSON value, at byte %d", dec.InputOffset())}
	}
	return tree, nil
}

type reader struct{ dec *json.Decoder }

func (r reader) value(at string, depth int) (any, error) {
	if depth > maxDepth {
		return nil, &Error{Field: at, Err: fmt.Errorf("nested %d levels deep, the limit is %d", depth, maxDepth)}
	}
	tok, err := r.token(at)
	if err != nil {
		return nil, err
	}
	switch tok {
	case json.Delim('{'):
		return r.object(at, depth)
	case json.Delim('['):
		return r.list(at, depth)
	}
	return tok, nil
}

func (r reader) object(at string, depth int) (any, error) {
	obj := map[string]any{}
	for r.dec.More() {
		tok, err := r.token(at)
		if err != nil {
			return nil, err
		}
		name, ok := tok.(string)
		if !ok { // the decoder lets nothing else pass
			return nil, &Error{Field: at, Err: errors.New("an object key must be a string")}
		}
		if _, dup := obj[name]; dup {
			return nil, &Error{Field: join(at, name), Err: errors.New("the key occurs twice")}
		}
		if obj[name], err = r.value(join(at, name), depth+1); err != nil {
			return nil, err
		}
	}
	_, err := r.token(at)
	return obj, err
}

func (r reader) list(at string, depth int) (any, error) {
	list := []any{}
	for r.dec.More() {
		v, err := r.value(index(at, len(list)), depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := r.token(at)
	return list, err
}

func (r reader) token(at string) (json.Token, error) {
	tok, err := r.dec.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, &Error{Field: at, Err: fmt.Errorf("not JSON at byte %d: %w", r.dec.InputOffset(), err)}
	}
	return tok, nil
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

func index(at string, i int) string { return at + "[" + strconv.Itoa(i) + "]" }
