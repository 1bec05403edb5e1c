package flexible

import (
	"fmt"
	"reflect"

	"github.com/cxhook/cxhook/internal/param"
)

// The sources of request fields, by their places in sourceNames.
const (
	fromBody = iota
	fromQuery
	fromPath
	fromHeader
)

// bindConfig returns the rules by which requests are bound.
func bindConfig() *param.Config {
	return &param.Config{
		Tag:      "cx",
		Sources:  []string{"body", "query", "path", "header"},
		Untagged: true,
	}
}

// requestField is one bound field of a request type.
type requestField struct {
	param.Field
	param string         // what feeds it: a parameter name or a reference
	goes  string         // in Go, with its type
	inner []requestField // of a struct whose fields come from several parameters
}

// requestFields returns the fields of a request type that are sent.
func requestFields(t reflect.Type) ([]requestField, error) {
	t = deref(t)
	plan, err := param.Compile(t, bindConfig())
	if err != nil {
		return nil, fmt.Errorf("flexible: the request type: %w", err)
	}
	return describedFields(t, plan.Fields(), map[reflect.Type]bool{})
}

// describedFields adds what the param tags say; open holds the types around.
func describedFields(t reflect.Type, fields []param.Field, open map[reflect.Type]bool) ([]requestField, error) {
	if open[t] {
		return nil, fmt.Errorf("flexible: type %v holds itself and has fields tagged param", t)
	}
	open[t] = true
	defer delete(open, t)
	out := make([]requestField, len(fields))
	for i, f := range fields {
		out[i] = requestField{Field: f, param: f.Name, goes: t.Name() + "." + f.Go.Name}
		fed, named := f.Go.Tag.Lookup("param")
		if named {
			out[i].param = fed
			continue
		}
		inner, ok := f.Shape.Fields()
		if !ok || f.Source != fromBody || !feeds(inner, 0) {
			continue
		}
		var err error
		if out[i].inner, err = describedFields(deref(f.Go.Type), inner, open); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// maxTypeDepth ends the search in types that hold themselves.
const maxTypeDepth = 16

// feeds reports whether a field within has a param tag.
func feeds(fields []param.Field, depth int) bool {
	for _, f := range fields {
		if _, named := f.Go.Tag.Lookup("param"); named {
			return true
		}
		if inner, ok := f.Shape.Fields(); ok && depth < maxTypeDepth && feeds(inner, depth+1) {
			return true
		}
	}
	return false
}
