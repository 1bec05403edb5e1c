package answer

import (
	"strconv"
	"strings"
)

// Reason is the kind of a [Fault]. Reasons are errors, so that errors.Is finds
// them in whatever wraps them.
type Reason string

// Error returns the reason.
func (r Reason) Error() string { return string(r) }

// The kinds of faults.
const (
	// ErrEmptyValue is a Value without a kind, or a nil one. It has no JSON;
	// null is structpb.NewNullValue().
	ErrEmptyValue Reason = "value is not set"
	// ErrNotFinite is NaN or an infinity, which JSON does not have.
	ErrNotFinite Reason = "number is not finite"
	// ErrInexact is an integer beyond ±2^53. Dialogflow's numbers are doubles
	// and would change it; a string keeps it.
	ErrInexact Reason = "integer is beyond 2^53 and would be changed; send it as a string"
	// ErrUTF8 is text that is not valid UTF-8.
	ErrUTF8 Reason = "text is not valid UTF-8"
	// ErrTooDeep is nesting beyond [MaxPayloadDepth] or [MaxDepth], or a value
	// that contains itself.
	ErrTooDeep Reason = "value is nested too deeply"
	// ErrUnsupported is a Go value that has no JSON, such as a channel.
	ErrUnsupported Reason = "Go value has no JSON"
	// ErrNotObject is a value that must be a JSON object and is not.
	ErrNotObject Reason = "value is not a JSON object"
	// ErrRequired is a field that the API calls required and that is not set,
	// or a message without content.
	ErrRequired Reason = "required field is not set"
	// ErrUnknownEnum is a number that the enum does not have.
	ErrUnknownEnum Reason = "number is not in the enum"
	// ErrEmptyText is a text without a character.
	ErrEmptyText Reason = "text is empty"
	// ErrOutputOnly is what Dialogflow alone may set: endInteraction,
	// mixedAudio and allowPlaybackInterruption.
	ErrOutputOnly Reason = "output only: Dialogflow makes it itself"
	// ErrIgnored is a field of the request that means nothing in an answer.
	ErrIgnored Reason = "Dialogflow ignores this field in an answer"
	// ErrFormState is a state of a form parameter other than INVALID, the only
	// one that a webhook can set.
	ErrFormState Reason = "Dialogflow honours no state but INVALID"
	// ErrTarget is a target that is not the full resource name of a page or of
	// a flow.
	ErrTarget Reason = "target is not a full resource name"
	// ErrName is another name that is empty or outside its alphabet; parameter
	// names are made of letters, digits, '.', '_' and '-'.
	ErrName Reason = "name is empty or has characters outside its alphabet"
	// ErrPhoneNumber is a phone number that is not E.164: a plus sign and at
	// most 15 digits.
	ErrPhoneNumber Reason = "phone number is not E.164"
	// ErrConflict is something set a second time that exists once: the target,
	// the webhook payload, the merge behaviour, a key.
	ErrConflict Reason = "set a second time"
)

// Fault is one mistake in an answer.
type Fault struct {
	// Path is the place, in the spelling of the JSON:
	// fulfillmentResponse.messages[1].text.text[0],
	// sessionInfo.parameters["size"]. Empty for the whole.
	Path string
	// Err is what is wrong; it wraps a [Reason].
	Err error

	message, form int // 1 + index in the list that holds the fault, 0: not there
}

// Error returns place and mistake.
func (f *Fault) Error() string {
	if f.Path == "" {
		return f.Err.Error()
	}
	return f.Path + ": " + f.Err.Error()
}

// Unwrap returns what is wrong.
func (f *Fault) Unwrap() error { return f.Err }

// Locate returns the index of the message and of the form parameter that hold
// the fault, -1 for those that do not.
func Locate(f *Fault) (message, form int) { return f.message - 1, f.form - 1 }

// In returns f with its path below the given one.
func (f *Fault) In(path string) *Fault {
	c := *f
	switch {
	case c.Path == "":
		c.Path = path
	case path == "" || strings.HasPrefix(c.Path, "["):
		c.Path = path + c.Path
	default:
		c.Path = path + "." + c.Path
	}
	return &c
}

// maxKey is how many bytes of a name go into a path.
const maxKey = 64

// Key returns the path segment of an entry of an object.
func Key(name string) string {
	if len(name) > maxKey {
		name = name[:maxKey] + "…"
	}
	return "[" + strconv.Quote(name) + "]"
}

// Index returns the path segment of an element of a list.
func Index(i int) string { return "[" + strconv.Itoa(i) + "]" }

func fault(path string, err error) *Fault { return &Fault{Path: path, Err: err} }
