package webhookjson

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"
)

// value is a field with a google.protobuf.Value.
type value[M any] struct{ at func(*M) **structpb.Value }

func (c *value[M]) read(d *decoder, m any) error { return d.later(c.at(m.(*M))) }

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

func (c *valueMap[M]) read(d *decoder, m any) error { return d.laterFields(c.at(m.(*M))) }

func (c *valueMap[M]) scan(d *decoder) error {
	if d.head() != '{' {
		return d.unexpected("an object")
	}
	d.pos++
	return d.scanEntries(d.kept(c.keep))
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
	s := new(structpb.Struct)
	err := d.laterFields(&s.Fields)
	d.depth++
	return s, err
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
