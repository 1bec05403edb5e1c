package webhookjson

import (
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"
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
			own = make([]E, len(*list)/2+smallestBlock)
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
		d.raw.end(c.keep, "")
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
		name, more, err := d.member(n == 0)
		if !more || err != nil {
			return err
		}
		if len(own) == 0 {
			own = make([]E, n/2+smallestBlock)
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
		name, more, err := d.member(first)
		if err != nil {
			return err
		}
		if !more {
			return u.close(d)
		}
		if err := u.add(d, name); err != nil {
			return err
		}
		d.raw.begin(c.keep)
		if err := d.message(c.table, nil); err != nil {
			return err
		}
		d.raw.end(c.keep, name)
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

// value is a field with a google.protobuf.Value.
type value[M any] struct{ at func(*M) **structpb.Value }

func (c *value[M]) read(d *decoder, m any) (err error) {
	*c.at(m.(*M)), err = d.value()
	return err
}

func (c *value[M]) scan(d *decoder) error { return d.scanValue() }

func (c *value[M]) write(e *encoder, f *field, m any) (bool, error) {
	v := *c.at(m.(*M))
	if v == nil {
		return false, nil
	}
	e.key(f)
	return true, e.value(v)
}

func (c *value[M]) fits(fd protoreflect.FieldDescriptor) bool {
	return plain(fd, protoreflect.MessageKind) && isMessage(fd, (*structpb.Value)(nil))
}

func isMessage(fd protoreflect.FieldDescriptor, m proto.Message) bool {
	return fd.Message() != nil && fd.Message().FullName() == m.ProtoReflect().Descriptor().FullName()
}

// valueMap is a map from strings to values.
type valueMap[M any] struct {
	at   func(*M) *map[string]*structpb.Value
	keep list
}

func (c *valueMap[M]) read(d *decoder, m any) (err error) {
	if d.head() != '{' {
		return d.unexpected("an object")
	}
	d.pos++
	*c.at(m.(*M)), err = d.entries()
	return err
}

func (c *valueMap[M]) scan(d *decoder) error {
	if d.head() != '{' {
		return d.unexpected("an object")
	}
	d.pos++
	return d.scanEntries(d.raw.list(c.keep))
}

func (c *valueMap[M]) write(e *encoder, f *field, m any) (bool, error) {
	all := *c.at(m.(*M))
	if len(all) == 0 {
		return false, nil
	}
	e.key(f)
	return true, e.entries(all)
}

func (c *valueMap[M]) fits(fd protoreflect.FieldDescriptor) bool {
	return fd.IsMap() && fd.MapKey().Kind() == protoreflect.StringKind && isMessage(fd.MapValue(), (*structpb.Value)(nil))
}

// structure is a field with a google.protobuf.Struct.
type structure[M any] struct{ at func(*M) **structpb.Struct }

func (c *structure[M]) read(d *decoder, m any) (err error) {
	*c.at(m.(*M)), err = d.structure()
	return err
}

func (c *structure[M]) scan(d *decoder) error { return d.scanStructure() }

func (c *structure[M]) write(e *encoder, f *field, m any) (bool, error) {
	v := *c.at(m.(*M))
	if v == nil {
		return false, nil
	}
	e.key(f)
	return true, e.entries(v.Fields)
}

func (c *structure[M]) fits(fd protoreflect.FieldDescriptor) bool {
	return plain(fd, protoreflect.MessageKind) && isMessage(fd, (*structpb.Struct)(nil))
}

// structure reads a Struct that is a message of its own: one level deeper.
func (d *decoder) structure() (*structpb.Struct, error) {
	if d.depth--; d.depth < 0 {
		return nil, d.tooDeep()
	}
	if d.head() != '{' {
		return nil, d.unexpected("an object")
	}
	d.pos++
	fields, err := d.entries()
	d.depth++
	return &structpb.Struct{Fields: fields}, err
}

func (d *decoder) scanStructure() error {
	if d.depth--; d.depth < 0 {
		return d.tooDeep()
	}
	if d.head() != '{' {
		return d.unexpected("an object")
	}
	d.pos++
	err := d.scanEntries(nil)
	d.depth++
	return err
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
