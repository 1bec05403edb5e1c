package answer

import (
	"fmt"
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
	// ErrInexact is an integer of 2^53 or more, of either sign. Dialogflow's
	// numbers are doubles and would change it; a string keeps it.
	ErrInexact Reason = "integer of 2^53 or more could be changed on the way: send and read it as a string (option string of the cx tag)"
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

	// The outer steps of a path that is too long to be told, the outermost
	// first. Nil if the path is told in full.
	steps []string
}

// maxSteps is how many steps of a path are told of a value that is nested too
// deeply.
const maxSteps = 4

// told is a reason in other words.
type told struct {
	reason Reason
	text   string
}

// Say returns an error that is the reason for errors.Is and has a text of its
// own.
func Say(r Reason, format string, args ...any) error {
	return told{r, fmt.Sprintf(format, args...)}
}

func (t told) Error() string { return t.text }

func (t told) Unwrap() error { return t.reason }

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
	if c.steps == nil {
		c.Path = join(path, c.Path)
		return &c
	}
	if path != "" {
		c.steps = append([]string{path}, c.steps...)
	}
	cut := len(c.steps) > maxSteps
	if cut {
		c.steps = c.steps[:maxSteps+1] // one more tells that there are more
	}
	c.Path = ""
	for i, step := range c.steps {
		if i == maxSteps {
			break
		}
		c.Path = join(c.Path, step)
	}
	if cut {
		c.Path += "…"
	}
	return &c
}

// join puts a path below another.
func join(outer, inner string) string {
	if outer == "" || inner == "" || strings.HasPrefix(inner, "[") {
		return outer + inner
	}
	return outer + "." + inner
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
