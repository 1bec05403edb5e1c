// Package exportjson reads Dialogflow resources from JSON into protobuf
// messages: the JSON of the API and the JSON of exported agents, which is not
// protojson. An export writes maps as lists of {"key", "value"}, durations and
// timestamps as objects of seconds and nanos, 64-bit integers as numbers, and
// fields that the API does not publish.
//
// Both forms are accepted field by field, so that a file edited by hand or
// mixed from the two is read too. Unknown fields are dropped. What is known is
// read strictly: a wrong type, an unknown enum name, a repeated key are errors
// that name the field. Only text in a bytes field that is no base64 is kept, as
// its own bytes: tools that clean resources of certificates leave such text, and
// who reads the certificate must refuse it, since leaving it out would mean to
// trust every authority.
package exportjson

import (
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// maxDepth is the deepest nesting that is read. Dialogflow itself allows 24
// levels in payloads; the other levels of a resource are fewer still.
const maxDepth = 128

// Error reports where a resource departs from its message. Field is the path
// in the JSON, such as "genericWebService.requestHeaders[2].key"; it is empty
// for the whole document.
type Error struct {
	Field string
	Err   error
}

// Error names the field and what was wrong.
func (e *Error) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("exportjson: %v", e.Err)
	}
	return fmt.Sprintf("exportjson: %s: %v", e.Field, e.Err)
}

// Unwrap returns what was wrong.
func (e *Error) Unwrap() error { return e.Err }

// Unmarshal reads one JSON object into m, which it resets first. Failures are
// [*Error].
func Unmarshal(data []byte, m proto.Message) error {
	tree, err := parse(data)
	if err != nil {
		return err
	}
	api, err := message(tree, m.ProtoReflect().Descriptor(), "")
	if err != nil {
		return err
	}
	text, err := json.Marshal(api)
	if err != nil {
		return &Error{Err: err}
	}
	if err := protojson.Unmarshal(text, m); err != nil {
		return &Error{Err: err}
	}
	return nil
}
