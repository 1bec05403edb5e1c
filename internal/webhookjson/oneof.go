package webhookjson

import (
	"encoding/base64"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// oneof gives access to a oneof of M, whose Go type has no name: what it
// holds is a pointer to the wrapper of its member.
type oneof[M any] struct {
	get func(*M) any
	set func(*M, any)
}

func setOneof[I any](at *I, wrapper any) { *at = wrapper.(I) }

// held returns the wrapper of type W, or nil if the oneof holds another
// member or none.
func held[M, W any](o oneof[M], m any) *W {
	w, _ := o.get(m.(*M)).(*W)
	return w
}

// isMember reports whether fd is a member of a oneof with that kind of value.
func isMember(fd protoreflect.FieldDescriptor, kind protoreflect.Kind) bool {
	return fd.Kind() == kind && fd.Cardinality() == protoreflect.Optional && fd.ContainingOneof() != nil
}

// choiceText is a string in a oneof, W its wrapper.
type choiceText[M, W any] struct {
	oneof oneof[M]
	at    func(*W) *string
}

func oneText[M, W any](o oneof[M], at func(*W) *string) codec { return &choiceText[M, W]{o, at} }

func (c *choiceText[M, W]) read(d *decoder, m any) (err error) {
	w := new(W)
	c.oneof.set(m.(*M), w)
	*c.at(w), err = d.text()
	return err
}

func (c *choiceText[M, W]) scan(d *decoder) error { return d.skipText() }

func (c *choiceText[M, W]) write(e *encoder, f *field, m any) (bool, error) {
	w := held[M, W](c.oneof, m)
	if w == nil {
		return false, nil
	}
	e.key(f)
	return true, e.text(*c.at(w))
}

func (c *choiceText[M, W]) fits(fd protoreflect.FieldDescriptor) bool {
	return isMember(fd, protoreflect.StringKind)
}

// choiceBytes is a byte string in a oneof.
type choiceBytes[M, W any] struct {
	oneof oneof[M]
	at    func(*W) *[]byte
}

func oneBytes[M, W any](o oneof[M], at func(*W) *[]byte) codec { return &choiceBytes[M, W]{o, at} }

func (c *choiceBytes[M, W]) read(d *decoder, m any) (err error) {
	w := new(W)
	c.oneof.set(m.(*M), w)
	*c.at(w), err = d.bytes()
	return err
}

func (c *choiceBytes[M, W]) scan(d *decoder) error {
	_, err := d.bytes()
	return err
}

func (c *choiceBytes[M, W]) write(e *encoder, f *field, m any) (bool, error) {
	w := held[M, W](c.oneof, m)
	if w == nil {
		return false, nil
	}
	e.key(f)
	e.out = append(e.out, '"')
	e.out = base64.StdEncoding.AppendEncode(e.out, *c.at(w))
	e.out = append(e.out, '"')
	return true, nil
}

func (c *choiceBytes[M, W]) fits(fd protoreflect.FieldDescriptor) bool {
	return isMember(fd, protoreflect.BytesKind)
}

func (d *decoder) bytes() ([]byte, error) {
	if d.head() != '"' {
		return nil, d.unexpected("a string")
	}
	var v wrapperspb.BytesValue
	err := d.rareScalar(&v)
	return v.GetValue(), err
}

// choiceMessage is a message of type E in a oneof.
type choiceMessage[M, W, E any] struct {
	oneof oneof[M]
	at    func(*W) **E
	table *table
	block func(*blocks) *block[pair[W, E]] // where many of them are made, nil: nowhere
}

func oneMessage[M, W, E any](o oneof[M], at func(*W) **E, t *table) codec {
	return &choiceMessage[M, W, E]{o, at, t, nil}
}

func (c *choiceMessage[M, W, E]) read(d *decoder, m any) error {
	var both *pair[W, E]
	if c.block != nil {
		both = c.block(&d.blocks).next(d.room())
	} else {
		both = new(pair[W, E])
	}
	*c.at(&both.wrapper) = &both.message
	c.oneof.set(m.(*M), &both.wrapper)
	return d.message(c.table, &both.message)
}

func (c *choiceMessage[M, W, E]) scan(d *decoder) error { return d.message(c.table, nil) }

func (c *choiceMessage[M, W, E]) write(e *encoder, f *field, m any) (bool, error) {
	w := held[M, W](c.oneof, m)
	if w == nil {
		return false, nil
	}
	e.key(f)
	return true, writeMessage(e, c.table, *c.at(w))
}

func (c *choiceMessage[M, W, E]) fits(fd protoreflect.FieldDescriptor) bool {
	return isMember(fd, protoreflect.MessageKind) && fd.Message() == c.table.desc
}

// choiceStruct is a google.protobuf.Struct in a oneof.
type choiceStruct[M, W any] struct {
	oneof oneof[M]
	at    func(*W) **structpb.Struct
}

func oneStruct[M, W any](o oneof[M], at func(*W) **structpb.Struct) codec {
	return &choiceStruct[M, W]{o, at}
}

func (c *choiceStruct[M, W]) read(d *decoder, m any) (err error) {
	w := new(W)
	c.oneof.set(m.(*M), w)
	*c.at(w), err = d.structure()
	return err
}

func (c *choiceStruct[M, W]) scan(d *decoder) error { return d.scanStructure() }

func (c *choiceStruct[M, W]) write(e *encoder, f *field, m any) (bool, error) {
	w := held[M, W](c.oneof, m)
	if w == nil {
		return false, nil
	}
	e.key(f)
	return true, e.entries((*c.at(w)).GetFields())
}

func (c *choiceStruct[M, W]) fits(fd protoreflect.FieldDescriptor) bool {
	return isMember(fd, protoreflect.MessageKind) && isMessage(fd, (*structpb.Struct)(nil))
}
