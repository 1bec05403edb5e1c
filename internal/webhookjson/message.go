package webhookjson

import (
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// message is a field with one message of type E, which has a table.
type message[M, E any] struct {
	at    func(*M) **E
	table *table
	place func(*frame) *E // where a request has it, nil: nowhere
}

func (c *message[M, E]) read(d *decoder, m any) error {
	var v *E
	if c.place != nil {
		v = c.place(d.blocks.theFrame())
	} else {
		v = new(E)
	}
	*c.at(m.(*M)) = v
	return d.message(c.table, v)
}

func (c *message[M, E]) scan(d *decoder) error { return d.message(c.table, nil) }

func (c *message[M, E]) write(e *encoder, f *field, m any) (bool, error) {
	v := *c.at(m.(*M))
	if v == nil {
		return false, nil
	}
	e.key(f)
	return true, c.table.write(e, v)
}

func (c *message[M, E]) fits(fd protoreflect.FieldDescriptor) bool {
	return plain(fd, protoreflect.MessageKind) && fd.Message() == c.table.desc
}

// messages is a list of messages.
type messages[M, E any] struct {
	at    func(*M) *[]*E
	table *table
	keep  list
}

func (c *messages[M, E]) read(d *decoder, m any) error {
	list := c.at(m.(*M))
	var own []E // memory for the next messages
	return d.each(func() error {
		if len(own) == 0 {
			own = make([]E, min(len(*list)/2+smallestBlock, most[E]()))
			*list = slices.Grow(*list, len(own))
		}
		v := &own[0]
		own = own[1:]
		*list = append(*list, v)
		return d.message(c.table, v)
	})
}

func (c *messages[M, E]) scan(d *decoder) error {
	return d.each(func() error {
		d.raw.begin(c.keep)
		if err := d.message(c.table, nil); err != nil {
			return err
		}
		d.found(c.keep, "")
		return nil
	})
}

func (c *messages[M, E]) write(e *encoder, f *field, m any) (bool, error) {
	list := *c.at(m.(*M))
	if len(list) == 0 {
		return false, nil
	}
	e.key(f)
	e.out = append(e.out, '[')
	for i, v := range list {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		if err := writeMessage(e, c.table, v); err != nil {
			return true, insideItem(i, err)
		}
	}
	e.out = append(e.out, ']')
	return true, nil
}

// writeMessage appends v. A nil message in a list, map or oneof is empty.
func writeMessage[E any](e *encoder, t *table, v *E) error {
	if v == nil {
		e.out = append(e.out, '{', '}')
		return nil
	}
	return t.write(e, v)
}

func (c *messages[M, E]) fits(fd protoreflect.FieldDescriptor) bool {
	return fd.IsList() && fd.Message() == c.table.desc
}

// messageMap is a map from strings to messages.
type messageMap[M, E any] struct {
	at    func(*M) *map[string]*E
	table *table
	keep  list
}

func (c *messageMap[M, E]) read(d *decoder, m any) error {
	if d.head() != '{' {
		return d.unexpected("an object")
	}
	d.pos++
	all := make(map[string]*E)
	*c.at(m.(*M)) = all
	var own []E // memory for the next messages
	for n := 0; ; n++ {
		at, more, err := d.member(n == 0)
		if !more || err != nil {
			return err
		}
		name := d.string(at)
		if len(own) == 0 {
			own = make([]E, min(n/2+smallestBlock, most[E]()))
		}
		v := &own[0]
		own = own[1:]
		all[name] = v
		if len(all) != n+1 {
			return d.duplicate()
		}
		if err := d.message(c.table, v); err != nil {
			return err
		}
	}
}

func (c *messageMap[M, E]) scan(d *decoder) error {
	if d.head() != '{' {
		return d.unexpected("an object")
	}
	d.pos++
	u := d.uniqueNames()
	for first := true; ; first = false {
		at, more, err := d.member(first)
		if err != nil {
			return err
		}
		if !more {
			return u.close(d)
		}
		name := d.string(at)
		if err := u.add(d, name); err != nil {
			return err
		}
		d.raw.begin(c.keep)
		if err := d.message(c.table, nil); err != nil {
			return err
		}
		d.found(c.keep, name)
	}
}

func (c *messageMap[M, E]) write(e *encoder, f *field, m any) (bool, error) {
	all := *c.at(m.(*M))
	if len(all) == 0 {
		return false, nil
	}
	e.key(f)
	return true, writeMap(e, all, func(v *E) error { return writeMessage(e, c.table, v) })
}

func (c *messageMap[M, E]) fits(fd protoreflect.FieldDescriptor) bool {
	return fd.IsMap() && fd.MapKey().Kind() == protoreflect.StringKind && fd.MapValue().Message() == c.table.desc
}

// each reads a list, each item with read.
func (d *decoder) each(read func() error) error {
	if d.head() != '[' {
		return d.unexpected("a list")
	}
	d.pos++
	for first := true; ; first = false {
		more, err := d.next(first, ']')
		if !more || err != nil {
			return err
		}
		if err := read(); err != nil {
			return err
		}
	}
}
