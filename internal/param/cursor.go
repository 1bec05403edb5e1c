package param

// Cursor walks over JSON that a decoder has accepted, once and forward. It
// allocates nothing but for names with escapes.
//
//	c := param.NewCursor(body)
//	for c.Object(); c.Member(&name); {
//		if name == "wanted" {
//			v := c.Value()
//		} else {
//			c.Skip()
//		}
//	}
//	err := c.Err()
//
// On malformed JSON it stops and says so in Err.
type Cursor struct {
	b     []byte
	i     int
	depth uint8
	bad   bool
}

// NewCursor returns a cursor before the value that body holds.
func NewCursor(body []byte) Cursor { return Cursor{b: body, i: skipSpace(body, 0)} }

// Err returns [ErrSyntax] if the cursor has met malformed JSON.
func (c *Cursor) Err() error {
	if c.bad {
		return ErrSyntax
	}
	return nil
}

func (c *Cursor) fail() bool {
	c.bad, c.i = true, len(c.b)
	return false
}

// Object enters the object that the cursor is before. It skips a value of
// another kind and reports false.
func (c *Cursor) Object() bool { return c.enter('{') }

// List enters the list that the cursor is before. It skips a value of another
// kind and reports false.
func (c *Cursor) List() bool { return c.enter('[') }

func (c *Cursor) enter(open byte) bool {
	if c.i >= len(c.b) || c.b[c.i] != open {
		c.Skip()
		return false
	}
	c.i++
	return true
}

// Member goes before the value of the next member of the object and sets its
// name, which shares the memory of the body. After the last member it leaves
// the object and reports false. The value must be taken or skipped before the
// next call.
func (c *Cursor) Member(name *string) bool {
	if !c.next('}') {
		return false
	}
	if c.b[c.i] != '"' {
		return c.fail()
	}
	end := skipString(c.b, c.i)
	if end < 0 {
		return c.fail()
	}
	var ok bool
	if *name, ok = memberName(c.b[c.i:end]); !ok {
		return c.fail()
	}
	if c.i = skipSpace(c.b, end); c.i >= len(c.b) || c.b[c.i] != ':' {
		return c.fail()
	}
	c.i = skipSpace(c.b, c.i+1)
	return true
}

// Element goes before the next element of the list. After the last it leaves
// the list and reports false. The element must be taken or skipped before the
// next call.
func (c *Cursor) Element() bool { return c.next(']') }

// next goes before the next item of a container, or after its end.
func (c *Cursor) next(end byte) bool {
	c.i = skipSpace(c.b, c.i)
	if c.i < len(c.b) && c.b[c.i] == ',' {
		c.i = skipSpace(c.b, c.i+1)
	}
	if c.i >= len(c.b) {
		return c.fail()
	}
	if c.b[c.i] == end {
		c.i++
		return false
	}
	return true
}

// Skip goes after the value that the cursor is before.
func (c *Cursor) Skip() {
	if c.i = skipValue(c.b, c.i); c.i < 0 {
		c.fail()
	}
}

// Value takes the value that the cursor is before.
func (c *Cursor) Value() Value {
	start := c.i
	c.Skip()
	if c.bad {
		return Value{raw: []byte{}}
	}
	return Value{raw: c.b[start:c.i:c.i], depth: c.depth + 1}
}
