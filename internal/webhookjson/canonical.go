package webhookjson

import (
	"bytes"
	"slices"
	"sync"
)

// AppendCanonical appends a text that is the same for two JSON values if and
// only if they differ in no more than blanks, the order of members and the
// escapes of strings. Numbers are compared as they are written: 1 and 1.0
// differ, and so do no two integers beyond 2^53 that are different. Members of
// one name, which only fields that the message does not know can have, keep
// their order.
//
// The value must have been checked, as for [Members].
func AppendCanonical(dst, value []byte) []byte {
	c := canonicals.Get().(*canonical)
	c.in, c.out = value, dst
	c.value(skipSpace(value, 0))
	dst = c.out
	c.forget()
	canonicals.Put(c)
	return dst
}

// keptText is the most scratch space for text that waits for the next value.
const keptText = 64 << 10

// forget lets go of the value, and of the scratch space that a large one took.
func (c *canonical) forget() {
	c.in, c.out, c.members = nil, nil, recycle(c.members)
	if cap(c.scratch) > keptText {
		c.scratch = nil
	}
}

var canonicals = sync.Pool{New: func() any { return new(canonical) }}

// canonical writes one value. Members of objects are written as they come and
// put in order when their object ends.
type canonical struct {
	in, out []byte
	members []memberSpan // of all open objects
	scratch []byte
}

// memberSpan is where a member stands in the output: name, colon, value.
type memberSpan struct{ start, nameEnd, end int }

// value writes the value at i and returns its end.
func (c *canonical) value(i int) int {
	switch c.in[i] {
	case '{':
		return c.object(i)
	case '[':
		return c.array(i)
	case '"':
		return c.string(i)
	}
	end := i
	for end < len(c.in) && joins(c.in[end]) {
		end++
	}
	c.out = append(c.out, c.in[i:end]...)
	return end
}

func (c *canonical) array(i int) int {
	c.out = append(c.out, '[')
	for i = skipSpace(c.in, i+1); c.in[i] != ']'; {
		i = skipSpace(c.in, c.value(i))
		if c.in[i] == ',' {
			c.out = append(c.out, ',')
			i = skipSpace(c.in, i+1)
		}
	}
	c.out = append(c.out, ']')
	return i + 1
}

func (c *canonical) object(i int) int {
	c.out = append(c.out, '{')
	first, begin, sorted := len(c.members), len(c.out), true
	for i = skipSpace(c.in, i+1); c.in[i] != '}'; {
		m := memberSpan{start: len(c.out)}
		i = skipSpace(c.in, c.string(i)) // at the colon
		m.nameEnd = len(c.out)
		i = skipSpace(c.in, c.value(skipSpace(c.in, i+1)))
		c.out = append(c.out, ',')
		m.end = len(c.out)
		if n := len(c.members); n > first && c.compare(c.members[n-1], m) > 0 {
			sorted = false
		}
		c.members = append(c.members, m)
		if c.in[i] == ',' {
			i = skipSpace(c.in, i+1)
		}
	}
	if !sorted {
		c.sort(c.members[first:], begin)
	}
	c.members = c.members[:first]
	c.out = append(c.out, '}')
	return i + 1
}

func (c *canonical) compare(a, b memberSpan) int {
	return bytes.Compare(c.out[a.start:a.nameEnd], c.out[b.start:b.nameEnd])
}

// sort puts the members that stand at the end of the output, from begin on, in
// the order of their names.
func (c *canonical) sort(members []memberSpan, begin int) {
	slices.SortStableFunc(members, c.compare)
	c.scratch = c.scratch[:0]
	for _, m := range members {
		c.scratch = append(c.scratch, c.out[m.start:m.end]...)
	}
	copy(c.out[begin:], c.scratch)
}

// string writes the string at i: quotes and backslashes are escaped, nothing
// else is.
func (c *canonical) string(i int) int {
	end := plainString(c.in, i)
	if end > 0 {
		c.out = append(c.out, c.in[i:end]...)
		return end
	}
	end = skipString(c.in, i)
	c.out = append(c.out, '"')
	at := len(c.out)
	c.out = appendUnescaped(c.out, c.in[i+1:end-1])
	if bytes.IndexByte(c.out[at:], '"') >= 0 || bytes.IndexByte(c.out[at:], '\\') >= 0 {
		plain := append(c.scratch[:0], c.out[at:]...)
		c.out = c.out[:at]
		for _, b := range plain {
			if b == '"' || b == '\\' {
				c.out = append(c.out, '\\')
			}
			c.out = append(c.out, b)
		}
		c.scratch = plain
	}
	c.out = append(c.out, '"')
	return end
}

// plainString returns the end of the string that begins at i, or 0 if it has
// an escape.
func plainString(in []byte, i int) int {
	for i++; i+8 <= len(in); i += 8 {
		if at := stopsInText(load8(in, i)); at != 0 {
			i += trailingBytes(at)
			break
		}
	}
	for ; in[i] != '"'; i++ {
		if in[i] == '\\' {
			return 0
		}
	}
	return i + 1
}
