package body

import (
	"fmt"
	"strconv"
	"strings"
)

type (
	object []member
	member struct {
		name  string
		value any
	}
	list []any
	raw  string // a number as it is to be written
)

// html holds the escapes that the wire has beyond those of JSON.
var html = strings.NewReplacer("'", `\u0027`, "<", `\u003c`, ">", `\u003e`, "&", `\u0026`, `"`, `\"`, `\`, `\\`)

func render(v any, style Style) []byte {
	r := renderer{style: style}
	r.value(v, 0)
	return r.out
}

type renderer struct {
	style Style
	out   []byte
}

func (r *renderer) add(parts ...string) {
	for _, p := range parts {
		r.out = append(r.out, p...)
	}
}

func (r *renderer) line(depth int) {
	if r.style == Pretty {
		r.add("\n", strings.Repeat("  ", depth))
	}
}

func (r *renderer) value(v any, depth int) {
	switch v := v.(type) {
	case nil:
		r.add("null")
	case bool:
		r.add(strconv.FormatBool(v))
	case string:
		r.add(`"`, html.Replace(v), `"`)
	case raw:
		r.add(string(v))
	case int, float64:
		r.add(fmt.Sprint(v))
	case object:
		r.object(v, depth)
	case list:
		r.list(v, depth)
	default:
		panic(fmt.Sprintf("body: cannot render %T", v))
	}
}

func (r *renderer) object(o object, depth int) {
	r.add("{")
	for i, m := range o {
		if i > 0 {
			r.add(",")
		}
		r.line(depth + 1)
		r.add(`"`, html.Replace(m.name), `":`)
		if r.style == Pretty {
			r.add(" ")
		}
		r.value(m.value, depth+1)
	}
	if len(o) > 0 {
		r.line(depth)
	}
	r.add("}")
}

// list writes the brackets on the lines of the first and last item.
func (r *renderer) list(l list, depth int) {
	r.add("[")
	for i, v := range l {
		if i > 0 {
			r.add(",")
			if r.style == Pretty {
				r.add(" ")
			}
		}
		r.value(v, depth)
	}
	r.add("]")
}
