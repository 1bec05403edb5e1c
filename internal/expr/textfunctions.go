package expr

import (
	"fmt"
	"net/url"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

func concatenate(r *run, args []any) (any, error) {
	var b strings.Builder
	for i := range args {
		s, err := textArg(args, i)
		if err != nil {
			return nil, err
		}
		b.WriteString(s)
	}
	return b.String(), r.spend(b.Len())
}

func length(_ *run, args []any) (any, error) {
	s, err := textArg(args, 0)
	if err != nil {
		return nil, err
	}
	return float64(utf8.RuneCountInString(s)), nil
}

func lower(r *run, args []any) (any, error) { return mapText(r, args, strings.ToLower) }

func upper(r *run, args []any) (any, error) { return mapText(r, args, strings.ToUpper) }

func urlEncode(r *run, args []any) (any, error) { return mapText(r, args, url.QueryEscape) }

func mapText(r *run, args []any, f func(string) string) (any, error) {
	s, err := textArg(args, 0)
	if err != nil {
		return nil, err
	}
	s = f(s)
	return s, r.spend(len(s))
}

// mid counts characters from 1; a length beyond the end is cut.
func mid(r *run, args []any) (any, error) {
	s, err := textArg(args, 0)
	if err != nil {
		return nil, err
	}
	const far = 1 << 31
	start, err := intArg(args, 1, 1, far)
	if err != nil {
		return nil, err
	}
	n, err := intArg(args, 2, 0, far)
	if err != nil {
		return nil, err
	}
	from := skipRunes(s, start-1)
	part := s[from:]
	part = part[:skipRunes(part, n)]
	return part, r.spend(len(part))
}

// skipRunes returns the offset after n characters of s, at most its length.
func skipRunes(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// substitute replaces all matches of a pattern. $1 in the replacement is a
// group of it; the pattern is in RE2's syntax.
func substitute(r *run, args []any) (any, error) {
	var texts [3]string
	for i := range texts {
		s, err := textArg(args, i)
		if err != nil {
			return nil, err
		}
		texts[i] = s
	}
	re, err := compilePattern(r, texts[1], texts[0])
	if err != nil {
		return nil, err
	}
	var out []byte
	last := 0
	for _, m := range re.FindAllStringSubmatchIndex(texts[0], -1) {
		out = append(out, texts[0][last:m[0]]...)
		out = appendReplacement(out, texts[2], texts[0], m)
		last = m[1]
		if len(out) > MaxWork {
			break
		}
	}
	out = append(out, texts[0][last:]...)
	return string(out), r.spend(len(out))
}

// appendReplacement appends a replacement with the groups that it names put in.
func appendReplacement(out []byte, replacement, s string, m []int) []byte {
	for i := 0; i < len(replacement); i++ {
		c := replacement[i]
		last := i+1 == len(replacement)
		switch {
		case c == '\\' && !last:
			i++
			out = append(out, replacement[i])
		case c == '$' && !last && replacement[i+1] >= '0' && replacement[i+1] <= '9':
			group := int(replacement[i+1] - '0')
			if 2*group+1 >= len(m) {
				out = append(out, c)
				continue
			}
			i++
			if m[2*group] >= 0 {
				out = append(out, s[m[2*group]:m[2*group+1]]...)
			}
		default:
			out = append(out, c)
		}
	}
	return out
}

// The bounds of a pattern: its length, and the instructions it compiles to,
// which repetitions multiply.
const (
	maxPatternBytes = 1 << 10
	maxPatternSize  = 1 << 12
)

// compilePattern compiles a pattern and counts what matching it against s costs.
func compilePattern(r *run, pattern, s string) (*regexp.Regexp, error) {
	if len(pattern) > maxPatternBytes {
		return nil, &LimitError{What: "pattern bytes", Have: len(pattern), Max: maxPatternBytes}
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", pattern, err)
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, err
	}
	size := len(program.Inst)
	if size > maxPatternSize {
		return nil, &LimitError{What: "pattern instructions", Have: size, Max: maxPatternSize}
	}
	if err := r.spend(size + len(s)*size/8); err != nil {
		return nil, err
	}
	return regexp.Compile(pattern)
}

// split cuts at a separator, or into characters if that is empty. A separator
// with a backslash in it is a pattern.
func split(r *run, args []any) (any, error) {
	s, err := textArg(args, 0)
	if err != nil {
		return nil, err
	}
	separator, err := textArg(args, 1)
	if err != nil {
		return nil, err
	}
	var parts []string
	if strings.Contains(separator, `\`) {
		re, err := compilePattern(r, separator, s)
		if err != nil {
			return nil, err
		}
		parts = re.Split(s, -1)
	} else {
		parts = strings.Split(s, separator)
	}
	list := make([]any, len(parts))
	for i, part := range parts {
		list[i] = part
	}
	return list, r.spend(len(s) + len(list))
}

// join puts the items of lists together. A text after the lists stands before the last item.
func join(r *run, args []any) (any, error) {
	separator, err := textArg(args, 0)
	if err != nil {
		return nil, err
	}
	lists, last := args[1:], separator
	if n := len(lists); n > 1 {
		if s, ok := lists[n-1].(string); ok {
			lists, last = lists[:n-1], s
		}
	}
	items, err := joinItems(lists)
	if err != nil {
		return nil, err
	}
	var out []byte
	for i, item := range items {
		switch {
		case i == 0:
		case i == len(items)-1:
			out = append(out, last...)
		default:
			out = append(out, separator...)
		}
		before := len(out)
		out = AppendText(out, item)
		if err := r.spend(1 + len(separator) + len(out) - before); err != nil {
			return nil, err
		}
	}
	return string(out), nil
}

func joinItems(lists []any) ([]any, error) {
	var items []any
	for i, l := range lists {
		switch l := l.(type) {
		case []any:
			items = append(items, l...)
		case nil:
			return nil, wrongKind(i+1, "a list", l)
		default:
			items = append(items, l)
		}
	}
	return items, nil
}
