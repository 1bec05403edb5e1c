package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxTemplateBytes bounds a payload template, and MaxPayloadBytes what one
// makes.
const (
	MaxTemplateBytes = 64 << 10
	MaxPayloadBytes  = 4 << 20
)

var errPayloadSize = fmt.Errorf("events: the payload template made more than %d bytes", MaxPayloadBytes)

// payloadTemplate makes the payload of a job. It is JSON with places
// {{expression}}: outside a string a place becomes the value as JSON, null
// when it is not there; inside one it becomes a text of that string, with its
// escapes. It is filled in one pass: what a value holds is never a place.
type payloadTemplate struct {
	parts []templatePart
}

type templatePart struct {
	text    string
	place   *expression // nil for a text
	payload bool        // the place is event.payload, whose bytes stay
	quoted  bool        // the place is inside a string
}

func parseTemplate(source string) (*payloadTemplate, error) {
	if len(source) > MaxTemplateBytes {
		return nil, fmt.Errorf("payload template has %d bytes, at most %d are read", len(source), MaxTemplateBytes)
	}
	t := &payloadTemplate{}
	var sample bytes.Buffer
	quoted := false
	for rest := source; rest != ""; {
		text, after, found := strings.Cut(rest, "{{")
		t.parts = append(t.parts, templatePart{text: text})
		sample.WriteString(text)
		escaped := false
		quoted, escaped = inString(quoted, text)
		if !found {
			break
		}
		place, tail, closed := strings.Cut(after, "}}")
		if !closed || escaped {
			return nil, errors.New("payload template has a {{ without its }}, or one behind a backslash")
		}
		x, err := parseExpression(strings.TrimSpace(place))
		if err != nil {
			return nil, err
		}
		whole := len(x.reads) == 1 && x.reads[0] == "event.payload" && strings.TrimSpace(place) == "event.payload"
		t.parts = append(t.parts, templatePart{place: x, payload: whole, quoted: quoted})
		if quoted {
			sample.WriteString("x")
		} else {
			sample.WriteString("null")
		}
		rest = tail
	}
	if value := jsontext.Value(sample.Bytes()); !value.IsValid() {
		return nil, errors.New("payload template is not JSON when its places are filled")
	}
	return t, nil
}

// inString follows the quotes of a piece of JSON.
func inString(quoted bool, text string) (still, escaped bool) {
	for i := range len(text) {
		switch {
		case escaped:
			escaped = false
		case quoted && text[i] == '\\':
			escaped = true
		case text[i] == '"':
			quoted = !quoted
		}
	}
	return quoted, escaped
}

// fill makes the payload of an event.
func (t *payloadTemplate) fill(e *Event) (json.RawMessage, error) {
	var b bytes.Buffer
	for i := range t.parts {
		part := &t.parts[i]
		switch {
		case part.place == nil:
			b.WriteString(part.text)
		case part.quoted:
			b.Write(quotedText(part.place.root(e)))
		case part.payload:
			b.Write(e.Payload)
		default:
			b.Write(encodeJSON(part.place.root(e)))
		}
		if b.Len() > MaxPayloadBytes {
			return nil, errPayloadSize
		}
	}
	return b.Bytes(), nil
}

// quotedText writes a value as a part of a string.
func quotedText(v any) []byte {
	text, ok := v.(string)
	if !ok && v != nil {
		text = string(encodeJSON(v))
	}
	quoted := encodeJSON(text)
	return quoted[1 : len(quoted)-1]
}

// reads returns what the places read.
func (t *payloadTemplate) reads() []string {
	var all []string
	for i := range t.parts {
		if t.parts[i].place != nil {
			all = append(all, t.parts[i].place.reads...)
		}
	}
	return all
}
