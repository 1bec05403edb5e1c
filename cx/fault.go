package cx

import "github.com/cxhook/cxhook/internal/answer"

// Fault is one mistake in an answer: its place, and what is wrong there. It
// holds no values. Its fields and methods are
//
//	Path string           // the place, in the spelling of the JSON:
//	                      // sessionInfo.parameters["size"]; empty for the whole
//	Err  error            // what is wrong, which wraps a Reason
//	Error() string        // both
//	Unwrap() error        // Err
//	In(path string) *Fault // a copy whose path is below the given one
//
// The errors of [Validate] are Faults, those of [Respond] wrap one:
//
//	if fault, ok := errors.AsType[*cx.Fault](err); ok && errors.Is(err, cx.ErrInexact) {
//		log.Printf("an id at %s is too great for a number", fault.Path)
//	}
type Fault = answer.Fault

// Reason is the kind of a [Fault]: a string that is an error. The constants
// below are its values; find them by errors.Is, or one by errors.As.
type Reason = answer.Reason

// Why an answer is at fault. [Validate] says which of them keep an answer from
// being sent.
const (
	// ErrEmptyValue is a structpb.Value that is nil or has no kind. For null
	// use [ClearParam] or structpb.NewNullValue.
	ErrEmptyValue = answer.ErrEmptyValue
	// ErrNotFinite is NaN or an infinity.
	ErrNotFinite = answer.ErrNotFinite
	// ErrInexact is an integer of 2^53 or more, of either sign, which
	// Dialogflow's numbers do not tell from its neighbours. Send it as a string;
	// the option string of a cx tag does so, and reads it again.
	ErrInexact = answer.ErrInexact
	// ErrUTF8 is text that is not valid UTF-8.
	ErrUTF8 = answer.ErrUTF8
	// ErrTooDeep is nesting beyond 24 levels in a custom payload, beyond 60
	// elsewhere.
	ErrTooDeep = answer.ErrTooDeep
	// ErrUnsupported is a Go value that has no JSON.
	ErrUnsupported = answer.ErrUnsupported
	// ErrNotObject is a value that must be a JSON object and is not.
	ErrNotObject = answer.ErrNotObject
	// ErrRequired is a required field that is not set, such as the content of
	// a message.
	ErrRequired = answer.ErrRequired
	// ErrUnknownEnum is a number outside its enum.
	ErrUnknownEnum = answer.ErrUnknownEnum
	// ErrEmptyText is a text without a character.
	ErrEmptyText = answer.ErrEmptyText
	// ErrOutputOnly is what Dialogflow alone makes: endInteraction,
	// mixedAudio, allowPlaybackInterruption.
	ErrOutputOnly = answer.ErrOutputOnly
	// ErrIgnored is a field that means nothing in an answer.
	ErrIgnored = answer.ErrIgnored
	// ErrFormState is a state of a form parameter other than INVALID.
	ErrFormState = answer.ErrFormState
	// ErrTarget is a target that is not the full name of a page or flow.
	ErrTarget = answer.ErrTarget
	// ErrName is another name that is empty or outside its alphabet.
	ErrName = answer.ErrName
	// ErrPhoneNumber is a phone number that is not E.164.
	ErrPhoneNumber = answer.ErrPhoneNumber
	// ErrConflict is something that exists once and was set a second time.
	ErrConflict = answer.ErrConflict
)
