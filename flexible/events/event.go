package events

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cxhook/cxhook/internal/jsonpath"
)

// Event is a verified event on its way through the receiver. It belongs to
// one request: functions that are given one must not keep it.
type Event struct {
	// Source is the name of the source; Tenant, Provider and Type are empty
	// where neither route nor content gives one.
	Source, Tenant, Provider, Type string
	// ID names the event within its source, for the check for duplicates.
	ID string
	// SignedID is the id that the sender signed, as Standard Webhooks does.
	SignedID string
	// Header holds the request's headers without credentials and signatures.
	Header http.Header
	// Query is the query as it was encoded.
	Query string
	// Body is the raw body, Payload the JSON in it: the body itself, or the
	// field payload of a form.
	Body    []byte
	Payload json.RawMessage
	// Received is when the body had been read.
	Received time.Time

	src       *source
	parsed    bool
	parseErr  error
	value     any
	queryTree map[string]any
	lower     map[string]any
	vars      map[string]json.RawMessage
}

// Text returns the text or the digits that a path selects in the payload, and
// "" where there is none or the path is none.
func (e *Event) Text(path string) string {
	p, err := jsonpath.Parse(path)
	if err != nil || e.parse() != nil {
		return ""
	}
	value, _, err := p.Get(e.value)
	if err != nil {
		return ""
	}
	return textOf(value)
}

// parse reads query and body, once.
func (e *Event) parse() error {
	if e.parsed {
		return e.parseErr
	}
	e.parsed = true
	e.parseErr = e.parseAll()
	return e.parseErr
}

func (e *Event) parseAll() error {
	if err := e.findPayload(); err != nil {
		return err
	}
	value, err := decodePayload(e.Payload)
	if err != nil {
		return refuse(http.StatusBadRequest, ReasonMalformed, "the body is not the JSON of an event", err)
	}
	e.value = value
	query, err := parseQuery(e.Query)
	if err != nil {
		return refuse(http.StatusBadRequest, ReasonMalformed, "the query cannot be read", err)
	}
	e.queryTree = query
	return nil
}

// findPayload holds the content type against what the source takes.
func (e *Event) findPayload() error {
	for _, v := range e.Header.Values("Content-Encoding") {
		if v != "" && !strings.EqualFold(v, "identity") {
			return refuse(http.StatusUnsupportedMediaType, ReasonContentType, "content encodings are not accepted", nil)
		}
	}
	if e.src.cfg.AnyContentType {
		e.Payload = e.Body
		return nil
	}
	types := e.Header.Values("Content-Type")
	kind, charset, err := "", "", errors.New("the content type does not come once")
	if len(types) == 1 {
		var params map[string]string
		kind, params, err = mime.ParseMediaType(types[0])
		charset = params["charset"]
	}
	switch {
	case err != nil, charset != "" && !strings.EqualFold(charset, "utf-8"):
	case kind == "application/json":
		e.Payload = e.Body
		return nil
	case kind == "application/x-www-form-urlencoded" && e.src.cfg.Form:
		return e.formPayload()
	}
	return refuse(http.StatusUnsupportedMediaType, ReasonContentType, "the content type must be application/json in UTF-8", err)
}

// formPayload takes the one field payload out of a form.
func (e *Event) formPayload() error {
	form, err := url.ParseQuery(string(e.Body))
	if err != nil || len(form["payload"]) != 1 {
		return refuse(http.StatusBadRequest, ReasonMalformed, "the form has no field payload", err)
	}
	e.Payload = json.RawMessage(form["payload"][0])
	return nil
}

// pickAll takes the variables of the source out of the event.
func (e *Event) pickAll() error {
	if len(e.src.picks) == 0 {
		return nil
	}
	e.vars = make(map[string]json.RawMessage, len(e.src.picks))
	for i := range e.src.picks {
		p := &e.src.picks[i]
		value, found, err := p.pick(e)
		if err != nil {
			return refuse(http.StatusBadRequest, ReasonMalformed, "a value cannot be picked", err)
		}
		if found {
			e.vars[p.Alias] = value
		}
	}
	return nil
}

// The methods below make an event the values of expressions.

func (e *Event) headers() map[string]any {
	if e.lower == nil {
		e.lower = make(map[string]any, len(e.Header))
		for name, list := range e.Header {
			e.lower[strings.ToLower(name)] = strings.Join(list, ", ")
		}
	}
	return e.lower
}

func (e *Event) query() map[string]any {
	if e.parse() != nil {
		return nil
	}
	return e.queryTree
}

func (e *Event) variable(name string) any {
	raw, ok := e.vars[name]
	if !ok {
		return nil
	}
	value, err := decodeVar(raw)
	if err != nil {
		return nil
	}
	return value
}

func (e *Event) field(name string) any {
	text := ""
	switch name {
	case "payload":
		if e.parse() != nil {
			return nil
		}
		return e.value
	case "type":
		text = e.Type
	case "tenant":
		text = e.Tenant
	case "provider":
		text = e.Provider
	case "source":
		text = e.Source
	case "id":
		text = e.ID
	case "signed_id":
		text = e.SignedID
	}
	if text == "" {
		return nil
	}
	return text
}

// decodeVar reads a variable back, with its digits.
func decodeVar(raw json.RawMessage) (any, error) {
	var value any
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	err := d.Decode(&value)
	return value, err
}
