package expr

import (
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"time"
)

// An Env is what expressions are evaluated against. The zero value knows no
// parameters and no telephone numbers; its clock and its randomness are the system's.
type Env struct {
	Scope    Scope            // nil: nothing is set
	Now      func() time.Time // NOW and IS_FUTURE_DATE; nil: time.Now
	Location *time.Location   // the agent's time zone, for both; nil: UTC
	Rand     func() float64   // RAND, in [0, 1); nil: math/rand/v2
	UUID     func() string    // UUID; nil: a random version 4
	Phone    PhonePlan        // TO_PHONE_NUMBER and IS_PHONE_NUMBER; nil: both fail
	OnCall   func(CallResult) // told of every function call after it ran; may be nil
	OnUnset  func(ref string) // told of a reference without a value, or with null, that [Piece.Eval] reads; may be nil
}

// A CallResult is one call of a system function, for diagnostics.
type CallResult struct {
	Source string // the call as written
	Func   string
	Value  any        // the result, nil when Err is set
	Err    *FuncError // nil when the call gave a value
}

// A PhonePlan knows the telephone numbers of the world. The package phone
// has one.
type PhonePlan interface {
	// Parse splits a number. The region (such as "US") is used for numbers
	// without a country code.
	Parse(number, region string) (PhoneNumber, error)
	// Valid says whether number is a number of its region or country code.
	Valid(number, region string) bool
}

// PhoneNumber is the result of TO_PHONE_NUMBER.
type PhoneNumber struct {
	CountryCode string // digits, such as "1"
	AreaCode    string // empty for countries without geographic area codes
	Number      string // the subscriber's part
}

// run is one evaluation: the environment and the work that is left.
type run struct {
	env  *Env
	work int
	err  error // the first failure, for conditions
}

func newRun(env *Env) run {
	if env == nil {
		env = &Env{}
	}
	return run{env: env}
}

// spend counts n bytes or items as produced.
func (r *run) spend(n int) error {
	r.work += n
	if r.work > MaxWork {
		return &LimitError{What: "bytes and items produced", Have: r.work, Max: MaxWork}
	}
	return nil
}

func (r *run) now() time.Time {
	now := time.Now
	if r.env.Now != nil {
		now = r.env.Now
	}
	zone := r.env.Location
	if zone == nil {
		zone = time.UTC
	}
	return now().In(zone)
}

func (r *run) random() float64 {
	if r.env.Rand != nil {
		return r.env.Rand()
	}
	return mathrand.Float64()
}

func (r *run) uuid() string {
	if r.env.UUID != nil {
		return r.env.UUID()
	}
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, by its documentation
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
