package cx

import "fmt"

// ParamError reports a parameter that is missing or does not fit its Go type.
// Its text never holds the value.
type ParamError struct {
	Source string // session, intent, form or payload
	Name   string // as the tag or the call names it
	Err    error  // what is wrong
}

// Error names source, parameter and fault.
func (e *ParamError) Error() string {
	return fmt.Sprintf("cx: %s parameter %q: %v", e.Source, e.Name, e.Err)
}

// Unwrap returns the fault.
func (e *ParamError) Unwrap() error { return e.Err }
