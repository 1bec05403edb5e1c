package caller

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// names finds names without regard to case. Of several that differ in case only
// the exact one is found, else the one that was added first.
type names struct {
	folded bool // false if case matters
	known  map[string]bool
	byFold map[string][]string
}

func (n *names) add(name string) {
	if n.known == nil {
		n.known, n.byFold = map[string]bool{}, map[string][]string{}
	}
	if n.known[name] {
		return
	}
	n.known[name] = true
	if n.folded {
		key := fold(name)
		n.byFold[key] = append(n.byFold[key], name)
	}
}

// find returns the known name that name stands for, or name itself.
func (n *names) find(name string) string {
	if !n.known[name] && n.folded {
		if same := n.byFold[fold(name)]; len(same) > 0 {
			return same[0]
		}
	}
	return name
}

func (n *names) remove(name string) {
	if !n.known[name] {
		return
	}
	delete(n.known, name)
	if n.folded {
		key := fold(name)
		n.byFold[key] = slices.DeleteFunc(n.byFold[key], func(s string) bool { return s == name })
	}
}

// fold returns the same for names that strings.EqualFold takes as equal.
func fold(name string) string {
	return strings.Map(func(c rune) rune {
		least := c
		for f := unicode.SimpleFold(c); f != c; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, name)
}

// params are parameters that an answer changes.
type params struct {
	values map[string]any
	names  names
}

// paramsOf prepares the change of values. Names that differ in case only are
// known in their order.
func (c *Caller) paramsOf(values map[string]any) *params {
	p := &params{values: values, names: names{folded: !c.cfg.caseSensitive}}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		p.names.add(name)
	}
	return p
}

// put sets a parameter, or removes it when value is nil.
func (p *params) put(name string, value any) {
	name = p.names.find(name)
	if value == nil {
		delete(p.values, name)
		p.names.remove(name)
		return
	}
	p.values[name] = value
	p.names.add(name)
}
