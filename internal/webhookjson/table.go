package webhookjson

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"
)

// codec moves one field between JSON and its message. The message is passed
// as a non-nil pointer to its struct.
type codec interface {
	// read sets the field from the value that is next.
	read(d *decoder, m any) error
	// scan checks the value that is next as read would, and builds nothing.
	scan(d *decoder) error
	// write appends the field with its name, if the message has it, and
	// reports whether it has.
	write(e *encoder, f *field, m any) (bool, error)
	// fits reports whether the codec is made for such a field.
	fits(fd protoreflect.FieldDescriptor) bool
}

// field is one field of a message.
type field struct {
	desc      protoreflect.FieldDescriptor
	codec     codec  // nil: nothing here knows the field
	key       string // its name as it is written: quoted, with the colon
	bit       uint64 // its own among those of the message
	oneof     uint8  // that of its oneof among those of the message, or 0
	others    int    // members of its oneof that follow directly
	keepsNull bool   // null is a value of it
	slot      slot   // where a scan notes its place
}

// table is what is known of one message.
type table struct {
	desc   protoreflect.MessageDescriptor
	fields []field // in the order of their declaration
	names  []fieldName
	heads  [64]uint8 // by hash, 1 + index of the first name, or 0
}

type fieldName struct {
	name  string
	field *field
	next  uint8 // 1 + index of the next name with this hash, or 0
}

// known is the code for one field, by the field's name in the proto file.
type known struct {
	name  string
	codec codec
	slot  slot
}

// newTable joins the fields of a message's descriptor with the code for them.
// It panics when a message has more fields than a table can hold, or when
// there is code for a field that the message does not have.
func newTable(m proto.Message, code ...known) *table {
	desc := m.ProtoReflect().Descriptor()
	fds := desc.Fields()
	if fds.Len() > 64 || desc.Oneofs().Len() > 8 || desc.ExtensionRanges().Len() > 0 {
		panic(fmt.Sprintf("webhookjson: %s has %d fields, %d oneofs and %d extension ranges, want at most 64, 8 and 0",
			desc.FullName(), fds.Len(), desc.Oneofs().Len(), desc.ExtensionRanges().Len()))
	}
	t := &table{desc: desc, fields: make([]field, fds.Len())}
	for i := range t.fields {
		fd := fds.Get(i)
		f := &t.fields[i]
		*f = field{desc: fd, key: `"` + fd.JSONName() + `":`, bit: 1 << i, keepsNull: isValue(fd)}
		if o := fd.ContainingOneof(); o != nil {
			f.oneof = 1 << o.Index()
		}
		t.addName(fd.JSONName(), f)
		if fd.TextName() != fd.JSONName() {
			t.addName(fd.TextName(), f)
		}
	}
	for i := len(t.fields) - 2; i >= 0; i-- {
		if f, next := &t.fields[i], &t.fields[i+1]; f.oneof != 0 && f.oneof == next.oneof {
			f.others = next.others + 1
		}
	}
	for _, k := range code {
		fd := fds.ByTextName(k.name)
		if fd == nil {
			panic(fmt.Sprintf("webhookjson: %s has no field %q", desc.FullName(), k.name))
		}
		if k.codec.fits(fd) {
			t.fields[fd.Index()].codec = k.codec
			t.fields[fd.Index()].slot = k.slot
		}
	}
	return t
}

func isValue(fd protoreflect.FieldDescriptor) bool {
	md := fd.Message()
	return !fd.IsMap() && !fd.IsList() && md != nil && md.FullName() == (*structpb.Value)(nil).ProtoReflect().Descriptor().FullName()
}

func (t *table) addName(name string, f *field) {
	h := nameHash(name)
	t.names = append(t.names, fieldName{name, f, t.heads[h]})
	t.heads[h] = uint8(len(t.names))
}

func nameHash(name string) uint8 {
	n := len(name)
	if n == 0 {
		return 0
	}
	return (uint8(n) + 5*name[0] + 3*name[n-1] + 9*name[n/2]) % 64
}

// lookup returns the field with this name in either spelling, or nil.
func (t *table) lookup(name string) *field {
	for i := t.heads[nameHash(name)]; i != 0; {
		n := &t.names[i-1]
		if n.name == name {
			return n.field
		}
		i = n.next
	}
	return nil
}

// write appends m, a non-nil pointer to the table's struct.
func (t *table) write(e *encoder, m any) error {
	e.out = append(e.out, '{')
	for i := 0; i < len(t.fields); i++ {
		f := &t.fields[i]
		if f.codec == nil {
			if m.(proto.Message).ProtoReflect().Has(f.desc) {
				return errForeign
			}
			continue
		}
		written, err := f.codec.write(e, f, m)
		if err != nil {
			return inside(f.desc.JSONName(), err)
		}
		if written {
			i += f.others
		}
	}
	e.out = append(e.out, '}')
	return nil
}
