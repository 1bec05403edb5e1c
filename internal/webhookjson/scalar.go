package webhookjson

import (
	"strconv"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// text is a string field.
type text[M any] struct{ at func(*M) *string }

func (c *text[M]) read(d *decoder, m any) (err error) {
	*c.at(m.(*M)), err = d.text()
	return err
}

func (c *text[M]) scan(d *decoder) error { return d.skipText() }

func (c *text[M]) write(e *encoder, f *field, m any) (bool, error) {
	s := *c.at(m.(*M))
	if s == "" {
		return false, nil
	}
	e.key(f)
	return true, e.text(s)
}

func (c *text[M]) fits(fd protoreflect.FieldDescriptor) bool {
	return plain(fd, protoreflect.StringKind)
}

// plain reports whether fd is a single field outside of any oneof, with that
// kind of value and, unless it is a message, without presence.
func plain(fd protoreflect.FieldDescriptor, kind protoreflect.Kind) bool {
	return fd.Kind() == kind && fd.Cardinality() == protoreflect.Optional && fd.ContainingOneof() == nil &&
		fd.HasPresence() == (kind == protoreflect.MessageKind)
}

// texts is a list of strings.
type texts[M any] struct{ at func(*M) *[]string }

func (c *texts[M]) read(d *decoder, m any) error {
	at := len(d.lines)
	err := d.each(func() error {
		s, err := d.text()
		d.lines = append(d.lines, s)
		return err
	})
	d.tape.places = append(d.tape.places, place{lines: c.at(m.(*M)), at: at, size: len(d.lines) - at})
	return err
}

func (c *texts[M]) scan(d *decoder) error { return d.each(d.skipText) }

func (c *texts[M]) write(e *encoder, f *field, m any) (bool, error) {
	list := *c.at(m.(*M))
	if len(list) == 0 {
		return false, nil
	}
	e.key(f)
	e.out = append(e.out, '[')
	for i, s := range list {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		if err := e.text(s); err != nil {
			return true, insideItem(i, err)
		}
	}
	e.out = append(e.out, ']')
	return true, nil
}

func (c *texts[M]) fits(fd protoreflect.FieldDescriptor) bool {
	return fd.IsList() && fd.Kind() == protoreflect.StringKind
}

// flag is a bool field.
type flag[M any] struct{ at func(*M) *bool }

func (c *flag[M]) read(d *decoder, m any) (err error) {
	*c.at(m.(*M)), err = d.flag()
	return err
}

func (c *flag[M]) scan(d *decoder) error {
	_, err := d.flag()
	return err
}

func (c *flag[M]) write(e *encoder, f *field, m any) (bool, error) {
	if !*c.at(m.(*M)) {
		return false, nil
	}
	e.key(f)
	e.out = append(e.out, "true"...)
	return true, nil
}

func (c *flag[M]) fits(fd protoreflect.FieldDescriptor) bool {
	return plain(fd, protoreflect.BoolKind)
}

func (d *decoder) flag() (bool, error) {
	switch {
	case d.word("true"):
		return true, nil
	case d.word("false"):
		return false, nil
	}
	return false, d.unexpected("true or false")
}

// float is a float field. Its value may be a number or, in quotes, a number,
// NaN or an infinity.
type float[M any] struct{ at func(*M) *float32 }

func (c *float[M]) read(d *decoder, m any) (err error) {
	*c.at(m.(*M)), err = d.float32()
	return err
}

func (c *float[M]) scan(d *decoder) error {
	_, err := d.float32()
	return err
}

func (c *float[M]) write(e *encoder, f *field, m any) (bool, error) {
	v := *c.at(m.(*M))
	if isZero32(v) {
		return false, nil
	}
	e.key(f)
	e.float32(v)
	return true, nil
}

func (c *float[M]) fits(fd protoreflect.FieldDescriptor) bool {
	return plain(fd, protoreflect.FloatKind)
}

func (d *decoder) float32() (float32, error) {
	at := d.pos
	if d.head() == '"' {
		var v wrapperspb.FloatValue
		err := d.rareScalar(&v)
		return v.GetValue(), err
	}
	raw, _, err := d.number()
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseFloat(raw, 32)
	if err != nil {
		d.pos = at
		return 0, d.fail("number out of range")
	}
	return float32(v), nil
}

// rareScalar leaves one string or number to protojson, which knows the
// spellings that are hardly ever used.
func (d *decoder) rareScalar(into proto.Message) error {
	at := d.pos
	if err := d.discard(0); err != nil {
		return err
	}
	// The blank is there because protojson reads a number without the digits
	// of its exponent only if something follows.
	token := append([]byte(d.str[at:d.pos]), ' ')
	if err := protojson.Unmarshal(token, into); err != nil {
		d.pos = at
		return d.fail("value does not fit its field")
	}
	return nil
}

// enum is an enum field. Unknown names leave it unset, unknown numbers do not.
type enum[M any, E ~int32] struct {
	at     func(*M) *E
	values []enumValue[E] // in the order of their declaration
}

type enumValue[E ~int32] struct {
	name   string
	quoted string
	number E
}

// enumField makes the codec of a field whose Go type is a generated enum.
func enumField[M any, E interface {
	~int32
	protoreflect.Enum
}](at func(*M) *E) *enum[M, E] {
	c := &enum[M, E]{at: at}
	descs := E.Descriptor(0).Values()
	for i := range descs.Len() {
		name := string(descs.Get(i).Name())
		c.values = append(c.values, enumValue[E]{name, `"` + name + `"`, E(descs.Get(i).Number())})
	}
	return c
}

func (c *enum[M, E]) read(d *decoder, m any) (err error) {
	*c.at(m.(*M)), err = c.value(d)
	return err
}

func (c *enum[M, E]) scan(d *decoder) error {
	_, err := c.value(d)
	return err
}

func (c *enum[M, E]) value(d *decoder) (E, error) {
	switch b := d.head(); {
	case b == '"':
		name, err := d.text()
		if err != nil {
			return 0, err
		}
		for i := range c.values {
			if c.values[i].name == name {
				return c.values[i].number, nil
			}
		}
		return 0, nil
	case b == '-' || isDigit(b):
		var v wrapperspb.Int32Value
		err := d.rareScalar(&v)
		return E(v.GetValue()), err
	}
	return 0, d.unexpected("the name or number of an enum value")
}

func (c *enum[M, E]) write(e *encoder, f *field, m any) (bool, error) {
	v := *c.at(m.(*M))
	if v == 0 {
		return false, nil
	}
	e.key(f)
	for i := range c.values {
		if c.values[i].number == v {
			e.out = append(e.out, c.values[i].quoted...)
			return true, nil
		}
	}
	e.out = strconv.AppendInt(e.out, int64(v), 10)
	return true, nil
}

func (c *enum[M, E]) fits(fd protoreflect.FieldDescriptor) bool {
	return plain(fd, protoreflect.EnumKind)
}

func (d *decoder) literal() error {
	if d.word("null") || d.word("true") || d.word("false") {
		return nil
	}
	return d.unexpected("a value")
}
