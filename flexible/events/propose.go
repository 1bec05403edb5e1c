package events

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of [Propose].
const (
	// MaxSampleBytes bounds a sample.
	MaxSampleBytes = 1 << 20
	// MaxProposals bounds what is proposed for one; the rest is left out.
	MaxProposals = 500
)

// Propose lists the picks that a sample of a request offers, in the order of
// their paths: one for each value that is neither an object nor a list. The
// sample is a whole URL, a bare query string with or without its "?", or a
// JSON body. Aliases are unique among the proposals.
//
//	Propose("https://shop.example/hook?query[0][a]=1&b[c]=2")
//
// proposes b.c and query[0].a of the query.
func Propose(sample string) ([]Pick, error) {
	if len(sample) > MaxSampleBytes {
		return nil, fmt.Errorf("events: sample has %d bytes, at most %d are read", len(sample), MaxSampleBytes)
	}
	text := strings.TrimSpace(sample)
	p := proposer{from: FromQuery, aliases: make(map[string]bool)}
	var tree any
	switch {
	case text == "":
		return nil, fmt.Errorf("events: sample is empty")
	case text[0] == '{' || text[0] == '[':
		value, err := decodePayload([]byte(text))
		if err != nil {
			return nil, err
		}
		p.from, tree = FromBody, value
	default:
		query, err := sampleQuery(text)
		if err != nil {
			return nil, err
		}
		object, err := parseQuery(query)
		if err != nil {
			return nil, err
		}
		tree = object
	}
	p.walk("", "", tree)
	return p.picks, nil
}

// sampleQuery returns the query of a URL, or the text itself.
func sampleQuery(text string) (string, error) {
	if !strings.Contains(text, "://") || strings.IndexByte(text, '=') >= 0 && strings.IndexByte(text, '=') < strings.Index(text, "://") {
		return strings.TrimPrefix(text, "?"), nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("events: sample is neither a URL, nor a query string, nor a JSON body")
	}
	return u.RawQuery, nil
}

type proposer struct {
	from    PickFrom
	picks   []Pick
	aliases map[string]bool
}

func (p *proposer) walk(path, alias string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			p.walk(path+nameStep(name, path == ""), join(alias, name), v[name])
		}
	case []any:
		for i, item := range v {
			if len(p.picks) == MaxProposals {
				return
			}
			p.walk(path+"["+strconv.Itoa(i)+"]", join(alias, strconv.Itoa(i)), item)
		}
	default:
		if len(p.picks) < MaxProposals && path != "" {
			p.picks = append(p.picks, Pick{From: p.from, Path: path, Alias: p.unique(alias)})
		}
	}
}

// join makes the alias of a value below another: letters, digits and
// underscores.
func join(alias, name string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, name)
	if alias == "" {
		return clean
	}
	return alias + "_" + clean
}

func (p *proposer) unique(alias string) string {
	if alias == "" || alias[0] >= '0' && alias[0] <= '9' {
		alias = "_" + alias
	}
	name := alias
	for n := 2; p.aliases[name]; n++ {
		name = alias + "_" + strconv.Itoa(n)
	}
	p.aliases[name] = true
	return name
}

// nameStep writes the step to a member: .name where that is a name, else in
// brackets.
func nameStep(name string, first bool) string {
	if isPlainName(name) {
		if first {
			return name
		}
		return "." + name
	}
	var b strings.Builder
	b.WriteString("['")
	for _, r := range name {
		switch {
		case r == '\'' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteString("']")
	return b.String()
}

func isPlainName(name string) bool {
	for i, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r >= utf8.RuneSelf
		if !letter && (i == 0 || r < '0' || r > '9') && (i == 0 || r != '-') {
			return false
		}
	}
	return name != "" && utf8.ValidString(name)
}
