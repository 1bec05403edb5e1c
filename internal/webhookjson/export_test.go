package webhookjson

import (
	"unsafe"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Uncoded returns the fields that no code knows, in all messages that a
// request or an answer can hold and that are no well-known types.
func Uncoded() []protoreflect.FullName {
	var missing []protoreflect.FullName
	seen := map[*table]bool{}
	var walk func(t *table)
	walk = func(t *table) {
		if t == nil || seen[t] {
			return
		}
		seen[t] = true
		for _, f := range t.fields {
			if f.codec == nil {
				missing = append(missing, f.desc.FullName())
				continue
			}
			if inner, ok := f.codec.(interface{ inner() *table }); ok {
				walk(inner.inner())
			}
		}
	}
	walk(theSchema().request)
	walk(theSchema().response)
	return missing
}

func (c *message[M, E]) inner() *table          { return c.table }
func (c *messages[M, E]) inner() *table         { return c.table }
func (c *messageMap[M, E]) inner() *table       { return c.table }
func (c *choiceMessage[M, W, E]) inner() *table { return c.table }

// Older is the codec as it would be without the code for some top-level
// fields, as if the protobuf package had got them since.
type Older struct{ s *schema }

// Without takes code away by the names of fields in the proto file.
func Without(fields ...protoreflect.Name) Older {
	s := newSchema()
	for _, t := range []*table{s.request, s.response} {
		for _, name := range fields {
			if fd := t.desc.Fields().ByName(name); fd != nil {
				t.fields[fd.Index()].codec = nil
			}
		}
	}
	return Older{s}
}

func (o Older) Decode(body []byte, req *cxpb.WebhookRequest, lim Limits) error {
	return o.s.decode(body, req, lim)
}

func (o Older) Scan(r *Raw, body []byte, lim Limits) error { return o.s.scan(r, body, lim) }

func (o Older) Append(dst []byte, resp *cxpb.WebhookResponse) ([]byte, error) {
	return appendMessage(dst, o.s.response, resp)
}

// KeptAfterCanonical returns the bytes of scratch space that wait for the next
// value after AppendCanonical of one.
func KeptAfterCanonical(value []byte) int {
	c := &canonical{in: value}
	c.value(skipSpace(value, 0))
	c.forget()
	return cap(c.scratch) + cap(c.members)*int(unsafe.Sizeof(memberSpan{}))
}
