package events

import (
	"fmt"
	"slices"
	"strings"
)

// maxName bounds a name in a path: a tenant, an event type, a provider.
const maxName = 128

// pattern is a path with places.
type pattern struct {
	text     string
	segments []string // a fixed text, or a place with its braces
	rest     bool     // takes anything behind the last segment
}

// placeNames are the places that a pattern may have.
var placeNames = []string{"{tenant}", "{event_type}", "{provider}"}

func parsePattern(text string) (pattern, error) {
	p := pattern{text: text}
	path, ok := strings.CutPrefix(text, "/")
	if !ok || path == "" {
		return p, fmt.Errorf("path %q does not begin with a slash, or is one", text)
	}
	if head, found := strings.CutSuffix(path, "/{rest}"); found {
		path, p.rest = head, true
	}
	for segment := range strings.SplitSeq(path, "/") {
		switch {
		case slices.Contains(placeNames, segment):
			if slices.Contains(p.segments, segment) {
				return p, fmt.Errorf("path %q has the place %s twice", text, segment)
			}
		case segment == "." || segment == "..", !isFixedSegment(segment):
			return p, fmt.Errorf("path %q has the segment %q; need letters, digits and . _ - ~ : or one of %s, with {rest} at the end", text, segment, strings.Join(placeNames, " "))
		}
		p.segments = append(p.segments, segment)
	}
	return p, nil
}

func isFixedSegment(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return !isNameRune(r) && r != '~' && r != ':' }) < 0
}

func isNameRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-'
}

// isPathName reports whether s can be a tenant, an event type or a provider.
func isPathName(s string) bool {
	return s != "" && s != "." && s != ".." && len(s) <= maxName && strings.IndexFunc(s, func(r rune) bool { return !isNameRune(r) }) < 0
}

// places are the values of the places of a path.
type places struct{ tenant, eventType, provider string }

// match compares a path as it was encoded, so that no segment hides a slash.
func (p *pattern) match(path string) (places, bool) {
	var found places
	rest, ok := strings.CutPrefix(path, "/")
	if !ok {
		return found, false
	}
	for i, want := range p.segments {
		segment, after, more := strings.Cut(rest, "/")
		if last := i == len(p.segments)-1; !last && !more || last && more && !p.rest {
			return found, false
		}
		rest = after
		switch {
		case want[0] != '{':
			if segment != want {
				return found, false
			}
			continue
		case !isPathName(segment):
			return found, false
		case want == "{tenant}":
			found.tenant = segment
		case want == "{event_type}":
			found.eventType = segment
		default:
			found.provider = segment
		}
	}
	return found, true
}

// has reports whether the pattern has a place.
func (p *pattern) has(place string) bool { return slices.Contains(p.segments, place) }

// overlaps reports whether some path could match both patterns.
func (p *pattern) overlaps(q *pattern) bool {
	n := min(len(p.segments), len(q.segments))
	if len(p.segments) > n && !q.rest || len(q.segments) > n && !p.rest {
		return false
	}
	for i := range n {
		if p.segments[i][0] != '{' && q.segments[i][0] != '{' && p.segments[i] != q.segments[i] {
			return false
		}
	}
	return true
}
