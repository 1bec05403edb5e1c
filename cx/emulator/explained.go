package emulator

import (
	"regexp"
	"strings"

	"github.com/cxhook/cxhook/internal/expr"
)

// explained knows what the agent itself can say and set, without any webhook.
type explained struct {
	values   map[string][]any // constants that presets and defaults set, by lower-case parameter
	texts    map[string]bool  // messages without references
	patterns []*regexp.Regexp // messages with references
}

var markup = regexp.MustCompile(`<[^>]*>|[\s.,:;!?"]`)

func explain(p *program) *explained {
	x := &explained{values: make(map[string][]any), texts: make(map[string]bool)}
	for _, f := range p.flows {
		x.handlers(f.routes)
		x.handlers(f.events)
		for _, pg := range f.pages {
			x.fulfillment(pg.entry)
			x.handlers(pg.own)
			x.handlers(pg.events)
			for _, fp := range pg.form {
				x.fulfillment(fp.prompt)
				x.handlers(fp.reprompts)
				if fp.src.Default != nil {
					x.value(fp.src.DisplayName, fp.src.Default)
				}
			}
		}
	}
	return x
}

func (x *explained) handlers(list []*handler) {
	for _, h := range list {
		x.fulfillment(h.do)
	}
}

func (x *explained) fulfillment(f *fulfillment) {
	if f == nil {
		return
	}
	for i, p := range f.presets {
		if p.target.Space == expr.Session && len(p.target.Path) == 0 && i < len(f.src.Presets) {
			x.value(p.target.Name, f.src.Presets[i].Value)
		}
	}
	for _, m := range f.messages {
		x.message(m)
	}
	for _, list := range f.cases {
		x.cases(list)
	}
}

func (x *explained) cases(list caseList) {
	for _, b := range list {
		for _, c := range b.content {
			if c.message != nil {
				x.message(c.message)
			}
			x.cases(c.nested)
		}
	}
}

func (x *explained) value(name string, v any) {
	name = strings.ToLower(name)
	x.values[name] = append(x.values[name], v)
}

func (x *explained) message(m *message) {
	for _, tpl := range m.texts {
		if tpl.IsLiteral() {
			x.texts[squeeze(tpl.String())] = true
			continue
		}
		var pattern strings.Builder
		pattern.WriteString("(?s)^")
		constant := 0
		for _, piece := range tpl.Pieces() {
			if piece.IsLiteral() {
				words := squeeze(piece.Source())
				constant += len(markup.ReplaceAllString(words, ""))
				pattern.WriteString(`\s*` + strings.ReplaceAll(regexp.QuoteMeta(words), " ", `\s+`) + `\s*`)
			} else {
				pattern.WriteString(".*?")
			}
		}
		pattern.WriteString("$")
		if constant == 0 {
			continue // only references and markup: it explains everything and so nothing
		}
		if re, err := regexp.Compile(pattern.String()); err == nil {
			x.patterns = append(x.patterns, re)
		}
	}
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// parameter reports whether a preset or a default of the agent sets the
// parameter to the value.
func (x *explained) parameter(name string, v any) bool {
	for _, constant := range x.values[strings.ToLower(name)] {
		if equalJSON(constant, v) {
			return true
		}
	}
	return false
}

// presets reports whether a preset or a default of the agent sets or forgets
// the parameter.
func (x *explained) presets(name string) bool {
	_, ok := x.values[strings.ToLower(name)]
	return ok
}

// text reports whether a message of the agent can be the text.
func (x *explained) text(s string) bool {
	if x.texts[squeeze(s)] || squeeze(s) == "" {
		return true
	}
	for _, re := range x.patterns {
		if re.MatchString(strings.TrimSpace(s)) {
			return true
		}
	}
	return false
}
