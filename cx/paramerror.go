package cx

import "github.com/cxhook/cxhook/internal/param"

// ParamError reports a parameter that is missing or does not fit its Go type.
// It names the source, the parameter and what was wanted, never the value and
// never a key of a map, since these may be personal data: the text may be
// logged and sent. Where a value failed in UnmarshalJSON, UnmarshalText or a
// parser of the time package, that error is found by errors.As but is not in
// the text, because it may quote the value.
//
// The kind of the fault is found by errors.Is: [ErrParamMissing],
// [ErrParamType], [ErrParamRange], [ErrParamInexact], [ErrParamFormat] or
// [ErrParamAmbiguous]. A handler that returns a ParamError is answered 400,
// which raises webhook.error.bad-request; errors.As finds it as an [*Error],
// too.
//
// Its fields and methods are
//
//	Source string  // session, intent, intent-original, form or payload
//	Name   string  // of the tag or the call; a fault inside of a composite adds
//	               // its path, "items[2].size"; a key of a map is a star
//	Err    error   // what is wrong, which wraps one of the kinds
//	Error() string // all three
//	Unwrap() error // Err
//
// A handler that asks again instead of failing:
//
//	size, err := cx.Param[string](req, "size")
//	if unfit, ok := errors.AsType[*cx.ParamError](err); ok && errors.Is(err, cx.ErrParamMissing) {
//		return cx.Respond(cx.Textf("Please tell me the %s.", unfit.Name))
//	}
type ParamError = param.Error

// Kinds of faults of a [ParamError].
var (
	// ErrParamMissing: a required parameter is not there, or is null.
	ErrParamMissing = param.ErrMissing
	// ErrParamType: the value is of another JSON type, or a fraction where an
	// integer is wanted.
	ErrParamType = param.ErrType
	// ErrParamRange: the number is beyond what the Go type holds.
	ErrParamRange = param.ErrRange
	// ErrParamInexact: an integer of 2^53 or more that is known only as a
	// double. Handlers of [Typed] that are called over HTTP never see it.
	ErrParamInexact = param.ErrInexact
	// ErrParamFormat: the text or the composite is not what the Go type reads.
	ErrParamFormat = param.ErrFormat
	// ErrParamAmbiguous: several parameters have the name but for its case.
	ErrParamAmbiguous = param.ErrAmbiguous
)
