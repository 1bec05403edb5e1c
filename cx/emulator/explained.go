package emulator

import (
	"regexp"
	"strings"

	"github.com/cxhook/cxhook/internal/expr"
)

// explained knows what the agent itself can say and set, without any webhook.
type explained struct {
	presets  map[string]bool  // session parameters that presets and defaults set, in lower case
	texts    map[string]bool  // messages without references
	patterns []*regexp.Regexp // messages with references
}

var markup = regexp.MustCompile(`<[^>]*>|[\s.,:;!?"]`)

func explain(p *program) *explained {
	x := &explained{presets: make(map[string]bool), texts: make(map[string]bool)}
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
					x.presets[lowerName(fp)] = true
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
	for _, p := range f.presets {
		if p.target.Space == expr.Session {
			x.presets[strings.ToLower(p.target.Name)] = true
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
// parameter.
func (x *explained) parameter(name string) bool { return x.presets[strings.ToLower(name)] }

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
