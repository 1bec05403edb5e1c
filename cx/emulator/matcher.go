package emulator

import (
	"context"
	"time"

	"github.com/cxhook/cxhook/cx/emulator/agent"
)

// A Matcher understands what the user says. It is asked once for an intent
// and, where a form is open, for the values of the form's parameters. It must
// be safe for concurrent use.
type Matcher interface {
	// Match picks one of the intents in scope; ok is false for a no-match.
	Match(ctx context.Context, u *Utterance) (m IntentMatch, ok bool, err error)
	// Fill finds values for parameters of the open form. The first of want is
	// the one that was asked for, if Prompted is set. What is not found is left out.
	Fill(ctx context.Context, u *Utterance, want []FormSlot) (map[string]Slot, error)
}

// Utterance is what is to be understood, and where.
type Utterance struct {
	Text     string
	DTMF     bool   // Text holds digits that were typed on a telephone
	Language string // lower case
	Agent    *agent.Agent
	Intents  []string // display names of the intents in scope, in order of evaluation
	Now      time.Time
	// Parameters are those of the session. They must not be changed.
	Parameters map[string]any
}

// IntentMatch is a matched intent.
type IntentMatch struct {
	Intent     string
	Confidence float64 // 0 to 1
	Parameters map[string]Slot
}

// FormSlot is a form parameter that wants a value.
type FormSlot struct {
	Name       string
	EntityType string
	IsList     bool
	Required   bool
	Prompted   bool // the user was asked for it
	Filled     bool // it has a value already
}
