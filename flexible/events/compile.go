package events

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

// source is a Source, ready for use.
type source struct {
	cfg      Source
	patterns []pattern
	hidden   []string // headers that nothing behind the verification sees
	id       *expression
	kind     *expression
	order    *expression
	picks    []picker
	flows    []flow
	reply    Reply
}

type flow struct {
	all      bool
	triggers []string
	branches []branch
	fallback *target
}

type branch struct {
	when *expression
	then target
}

type target struct {
	reply    *Reply
	handler  string
	run      string
	runFunc  RunFunc
	template *payloadTemplate
}

// compiler compiles one source and collects its mistakes.
type compiler struct {
	mistakes
	cfg     *Config
	src     *source
	path    string
	aliases map[string]PickFrom
}

func (c *compiler) compile(s Source) {
	c.src = &source{cfg: s}
	c.names()
	if s.Disabled {
		return
	}
	c.verification()
	c.bounds()
	c.pickers()
	c.src.id = c.expression("id", s.ID)
	c.src.kind = c.expression("type", s.Type)
	c.src.order = c.expression("order", s.Order)
	c.answers()
	for i := range s.Flows {
		c.flow(fmt.Sprintf("flows[%d]", i), &s.Flows[i])
	}
	if len(s.Flows) == 0 {
		c.ownFlows()
	}
	// A tenant makes an id another's, and goes to the handler.
	if c.pathHas("{tenant}") || s.Type == "" && c.pathType() {
		c.unsigned("paths", PartPath)
	}
}

func (c *compiler) at(field string) string { return c.path + "." + field }

func (c *compiler) names() {
	s := &c.src.cfg
	if s.Name == "" || strings.IndexFunc(s.Name, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }) >= 0 {
		c.addf(c.at("name"), "%q is no name: need lower-case letters, digits and hyphens", s.Name)
	}
	if len(s.Paths) == 0 {
		c.add(c.at("paths"), errors.New("no path is set"))
	}
	for i, text := range s.Paths {
		p, err := parsePattern(text)
		c.add(fmt.Sprintf("%s[%d]", c.at("paths"), i), err)
		if err == nil && p.has("{provider}") && s.Verify.named == nil && !s.Disabled {
			c.addf(fmt.Sprintf("%s[%d]", c.at("paths"), i), "path %q has {provider}, which only AnyOf verifies", text)
		}
		c.src.patterns = append(c.src.patterns, p)
	}
	for i, tenant := range s.Tenants {
		if !isPathName(tenant) {
			c.addf(fmt.Sprintf("%s[%d]", c.at("tenants"), i), "%q cannot stand in a path: need letters, digits and . _ -", tenant)
		}
	}
}

func (c *compiler) verification() {
	s := &c.src.cfg
	if s.Verify.verify == nil {
		c.add(c.at("verify"), errors.New("nothing is set to verify events; letting everybody in must be written out"))
	}
	c.src.hidden = append(slices.Clone(credentialHeaders), s.Verify.headers...)
	for i, part := range s.Unsigned {
		if part != PartPath && part != PartQuery && part != PartHeaders {
			c.addf(fmt.Sprintf("%s[%d]", c.at("unsigned"), i), "%q is not path, query or headers", part)
		}
	}
}

func (c *compiler) bounds() {
	s := &c.src.cfg
	if s.MaxBytes == 0 {
		s.MaxBytes = DefaultEventBytes
	}
	if s.MaxBytes < 1 || s.MaxBytes > MaxEventBytes {
		c.addf(c.at("max_bytes"), "is %d, need 1 to %d", s.MaxBytes, MaxEventBytes)
	}
	if s.RunLimit == 0 {
		s.RunLimit = DefaultRunLimit
	}
	if s.RunLimit < time.Millisecond || s.RunLimit > MaxRunLimit {
		c.addf(c.at("run_limit"), "is %v, need 1ms to %v", s.RunLimit, MaxRunLimit)
	}
	if s.Unknown != UnknownRefused && s.Unknown != UnknownIgnored {
		c.addf(c.at("unknown"), "is %d, need UnknownRefused or UnknownIgnored", s.Unknown)
	}
	for i, name := range s.Headers {
		if !httpguts.ValidHeaderFieldName(name) || c.isHidden(name) {
			c.addf(fmt.Sprintf("%s[%d]", c.at("headers"), i), "%q is not the name of a header, or one that holds a credential", name)
		}
	}
	if c.cfg.Once == nil && !c.cfg.assume && (s.ID != "" || s.IDFunc != nil) {
		c.add(c.at("id"), errors.New("events are to be checked for duplicates, and no store of ids is set"))
	}
}

func (c *compiler) isHidden(name string) bool {
	return slices.ContainsFunc(c.src.hidden, func(h string) bool { return strings.EqualFold(h, name) })
}

func (c *compiler) pickers() {
	c.aliases = make(map[string]PickFrom)
	for i, p := range c.src.cfg.Picks {
		at := fmt.Sprintf("%s[%d]", c.at("picks"), i)
		compiled, err := p.compile()
		c.add(at, err)
		if p.From == FromHeader && c.isHidden(p.Path) && err == nil {
			c.addf(at, "header %s holds a credential and cannot be picked", http.CanonicalHeaderKey(p.Path))
		}
		if _, twice := c.aliases[compiled.Alias]; twice {
			c.addf(at, "the alias %q is taken", compiled.Alias)
		}
		c.aliases[compiled.Alias] = p.From
		c.src.picks = append(c.src.picks, compiled)
	}
}

// expression compiles an expression of the source, nil for none.
func (c *compiler) expression(field, text string) *expression {
	if text == "" {
		return nil
	}
	x, err := parseExpression(text)
	if err != nil {
		c.add(c.at(field), err)
		return nil
	}
	c.reads(field, x.reads)
	return x
}

// reads holds what an expression reads against what there is, and against
// what is signed.
func (c *compiler) reads(field string, reads []string) {
	early := field == "id" || field == "type"
	for _, read := range reads {
		alias, isVar := strings.CutPrefix(read, "vars.")
		from, known := c.aliases[alias]
		switch {
		case isVar && !known:
			c.addf(c.at(field), "vars.%s is no alias of a pick: there are %s", alias, strings.Join(slices.Sorted(maps.Keys(c.aliases)), ", "))
		case isVar && early, early && (read == "event.id" || read == "event.type" && field == "type"):
			c.addf(c.at(field), "%s is not there yet when this is read", read)
		case read == "headers", from == FromHeader && isVar:
			c.unsigned(field, PartHeaders)
		case read == "query", from == FromQuery && isVar:
			c.unsigned(field, PartQuery)
		case read == "event.tenant", read == "event.provider", read == "event.type" && c.src.cfg.Type == "":
			c.unsigned(field, PartPath)
		}
	}
}

// unsigned holds that a part which no signature covers decides nothing unless
// the user says so.
func (c *compiler) unsigned(field string, part Part) {
	if !c.src.decides(part) {
		c.addf(c.at(field), "reads the %s, which the signature does not cover; list %q under unsigned if that may decide", part, part)
	}
}

// decides reports whether a part may decide about an event.
func (s *source) decides(part Part) bool {
	return !s.cfg.Verify.bodyOnly || slices.Contains(s.cfg.Unsigned, part)
}

// pathType reports whether the paths give the type of an event.
func (c *compiler) pathType() bool { return c.pathHas("{event_type}") }

func (c *compiler) pathHas(place string) bool {
	return slices.ContainsFunc(c.src.patterns, func(p pattern) bool { return p.has(place) })
}

func (c *compiler) answers() {
	c.src.reply = Reply{Status: http.StatusOK, Body: "ok"}
	if r := c.src.cfg.Reply; r != nil {
		c.add(c.at("reply"), r.check())
		c.src.reply = *r
	}
}
