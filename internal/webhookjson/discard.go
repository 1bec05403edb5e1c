package webhookjson

import (
	"errors"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// unknown passes over the value of a field that the message does not have.
// protojson takes a name in brackets for that of an extension and refuses
// those that exist but belong elsewhere; no message in reach has extensions.
func (d *decoder) unknown(name string, at int) error {
	if n := len(name); n >= 2 && name[0] == '[' && name[n-1] == ']' {
		if !unknownExtension(name[1 : n-1]) {
			d.pos = at
			return d.fail("extension of another message")
		}
	}
	return d.discard(0)
}

// unknownExtension reports whether no extension has this name.
func unknownExtension(name string) bool {
	_, err := protoregistry.GlobalTypes.FindExtensionByName(protoreflect.FullName(name))
	return errors.Is(err, protoregistry.NotFound)
}

// discard passes over a value that nothing is known about, open levels below
// the message that it belongs to.
func (d *decoder) discard(open int) error {
	switch d.head() {
	case '"':
		return d.skipText()
	case '{', '[':
		return d.discardContainer(open + 1)
	case 't', 'f', 'n':
		return d.literal()
	}
	_, _, err := d.number()
	return err
}

func (d *decoder) discardContainer(open int) error {
	if open > d.depth {
		return d.tooDeep()
	}
	closer := d.in[d.pos] + 2 // in ASCII, of both kinds of brackets
	d.pos++
	for first := true; ; first = false {
		more, err := d.next(first, closer)
		if !more || err != nil {
			return err
		}
		if closer == '}' {
			if err := d.skipText(); err != nil {
				return err
			}
			if err := d.colon(); err != nil {
				return err
			}
		}
		if err := d.discard(open); err != nil {
			return err
		}
	}
}
