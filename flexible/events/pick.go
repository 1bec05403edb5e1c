package events

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/cxhook/cxhook/internal/jsonpath"
)

// PickFrom says what a [Pick] looks into.
type PickFrom string

// What picks look into.
const (
	FromHeader PickFrom = "header"
	FromQuery  PickFrom = "query"
	FromBody   PickFrom = "body"
)

// Pick takes one value of a request into a variable.
type Pick struct {
	// From is header, query or body.
	From PickFrom
	// Path is the name of the header, or a path in the way of RFC 9535, with or
	// without its "$.": query[0].a, b.c, items[*].sku. In a query a[0][b]=1 is
	// found as a[0].b. A path that may select several values gives a list.
	Path string
	// Alias is the name of the variable. The default is Path.
	Alias string
}

// picker is a pick, ready for use.
type picker struct {
	Pick
	path *jsonpath.Path
}

// credentialHeaders never get into variables, jobs or conditions.
var credentialHeaders = []string{
	"Authorization", "Proxy-Authorization", "Cookie", "X-Serverless-Authorization", "X-Api-Key", "X-Csrf-Token",
}

func (p Pick) compile() (picker, error) {
	c := picker{Pick: p}
	if c.Alias == "" {
		c.Alias = p.Path
	}
	switch p.From {
	case FromHeader:
		if !httpguts.ValidHeaderFieldName(p.Path) {
			return c, fmt.Errorf("%q is not the name of a header", p.Path)
		}
		for _, name := range credentialHeaders {
			if strings.EqualFold(name, p.Path) {
				return c, fmt.Errorf("%s holds credentials and cannot be picked", name)
			}
		}
		c.Path = http.CanonicalHeaderKey(p.Path)
		return c, nil
	case FromQuery, FromBody:
		path, err := jsonpath.Parse(p.Path)
		c.path = path
		return c, err
	}
	return c, fmt.Errorf("%q is not header, query or body", p.From)
}

// pick returns the value and whether it is there.
func (p *picker) pick(e *Event) (json.RawMessage, bool, error) {
	var from any
	switch p.From {
	case FromHeader:
		values := e.Header.Values(p.Path)
		if len(values) == 0 {
			return nil, false, nil
		}
		return encodeJSON(strings.Join(values, ", ")), true, nil
	case FromQuery:
		from = e.queryTree
	default:
		from = e.value
	}
	value, found, err := p.path.Get(from)
	if err != nil || !found {
		return nil, false, err
	}
	return encodeJSON(value), true, nil
}

// encodeJSON writes a decoded value without the escapes for HTML.
func encodeJSON(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("events: a decoded value has no JSON: " + err.Error()) // decoded values always have one
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
