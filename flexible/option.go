package flexible

import "fmt"

// Place is where in a call a reference stands.
type Place int

// The places of references.
const (
	// InBody is a body string that is exactly one reference.
	InBody Place = iota
	// InText is a part of a longer body string.
	InText
	// InURL is a path segment or the query of the URL.
	InURL
	// InHeader is a header value.
	InHeader
	places int = iota
)

// String says the place in words.
func (p Place) String() string {
	switch p {
	case InBody:
		return "the body"
	case InText:
		return "a text of the body"
	case InURL:
		return "the URL"
	case InHeader:
		return "a header"
	}
	return fmt.Sprintf("Place(%d)", int(p))
}

// Unset says what is sent for a reference whose parameter is unset or null.
type Unset int

// What may be sent for an unset parameter.
const (
	// SendEmpty sends null for a whole body string and nothing in a text. It
	// is the default of InBody and InURL.
	SendEmpty Unset = iota
	// SendLiteral sends the reference as it is written in the template. It
	// is the default of InText and InHeader, as in Dialogflow's static texts.
	SendLiteral
	// Refuse fails the rendering with a [ValueError] that wraps [ErrUnset].
	Refuse
	unsets int = iota
)

// CompileOption changes what [Compile] and the Parse functions make. An
// impossible argument panics when the option is made.
type CompileOption func(*settings)

type settings struct {
	unset       [places]Unset
	keepMissing bool
	plainHTTP   bool
}

func newSettings(opts []CompileOption) settings {
	s := settings{unset: [places]Unset{InText: SendLiteral, InHeader: SendLiteral}}
	for _, o := range opts {
		o(&s)
	}
	return s
}

// WithUnset says what is sent in the given places, or in all of them when
// none is given, for a parameter that is unset or null.
func WithUnset(u Unset, where ...Place) CompileOption {
	if u < 0 || int(u) >= unsets {
		panic(fmt.Sprintf("flexible: WithUnset with unknown policy %d", u))
	}
	for _, p := range where {
		if p < 0 || int(p) >= places {
			panic(fmt.Sprintf("flexible: WithUnset with unknown place %d", p))
		}
	}
	return func(s *settings) {
		if len(where) == 0 {
			for p := range s.unset {
				s.unset[p] = u
			}
		}
		for _, p := range where {
			s.unset[p] = u
		}
	}
}

// KeepMissing leaves a parameter out of what [Webhook.Extract] returns when
// its path is definite and finds nothing. By default it is null then.
func KeepMissing() CompileOption {
	return func(s *settings) { s.keepMissing = true }
}

// PlainHTTP also accepts URLs of the scheme http. Dialogflow calls https
// only, so this is for webhooks on the developer's machine.
func PlainHTTP() CompileOption {
	return func(s *settings) { s.plainHTTP = true }
}
