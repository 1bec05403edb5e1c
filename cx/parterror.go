package cx

import (
	"errors"
	"fmt"
	"strconv"
)

// PartError says which part of an answer is at fault. Its text holds the
// names of parameters and fields, never their values.
//
//	if part, ok := errors.AsType[*cx.PartError](err); ok {
//		log.Printf("argument %d of Respond, %s: %v", part.Index, part.Kind, part.Err)
//	}
type PartError struct {
	// Index is the position among the arguments of [Respond], from 0. It is
	// -1 for a fault of the finished answer that no single part stands for,
	// and for a part of this package that is applied without Respond.
	Index int
	// Kind is the constructor: "Text", "SetParam". A part inside another is
	// named by the way to it, with its position there: "Channel[1].Text".
	// Empty for a function of the user's own.
	Kind string
	// Err is a [*Fault], or what the user's own part returned.
	Err error
}

// Error names part, place and fault.
func (e *PartError) Error() string {
	at := "answer"
	if e.Index >= 0 {
		at = "part " + strconv.Itoa(e.Index)
	}
	if e.Kind != "" {
		at += " (" + e.Kind + ")"
	}
	return fmt.Sprintf("cx: %s: %v", at, e.Err)
}

// Unwrap returns the fault.
func (e *PartError) Unwrap() error { return e.Err }

// failed returns the error of a part of this package.
func failed(kind, path string, err error) error {
	return &PartError{Index: -1, Kind: kind, Err: at(path, err)}
}

// at puts a fault below a path, and makes one of any other error.
func at(path string, err error) *Fault {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f.In(path)
	}
	return &Fault{Path: path, Err: err}
}

// placed gives the error of a part its position.
func placed(i int, err error) *PartError {
	var inner *PartError
	if direct, ok := err.(*PartError); ok { //nolint:errorlint // only the part's own error, not one that it wraps
		inner = &PartError{Kind: direct.Kind, Err: direct.Err}
	} else {
		inner = &PartError{Err: err}
	}
	inner.Index = i
	return inner
}

// within names the error of a part inside a part. A nil error stays nil.
func within(kind string, err error) error {
	if err == nil {
		return nil
	}
	inner, ok := err.(*PartError) //nolint:errorlint // apply returns nothing else
	if !ok {
		return err
	}
	cause := inside(kind, inner.Err)
	kind += "[" + strconv.Itoa(inner.Index) + "]"
	if inner.Kind != "" {
		kind += "." + inner.Kind
	}
	return &PartError{Index: -1, Kind: kind, Err: cause}
}
