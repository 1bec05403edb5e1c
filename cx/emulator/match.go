package emulator

import (
	"context"
	"fmt"
	"strings"
)

// turn runs a turn up to the point where the agent waits. A match that is
// known already is not looked for.
func (s *Session) turn(ctx context.Context, in Input, known *Match) (*Result, error) {
	if err := s.begin(in); err != nil {
		return nil, err
	}
	t := newTurn(ctx, s, in)
	t.prepare()
	err := error(nil)
	if known != nil {
		err = t.accept(*known)
	} else {
		err = t.understand()
	}
	if err == nil {
		err = t.advance(0)
	}
	if err != nil {
		return nil, err
	}
	return t.result(), nil
}

// Match understands an input as Detect does and runs nothing: the session
// stays as it is. The result holds the match and the page where the session is.
// [Session.Fulfill] runs the turn.
//
// Source: https://docs.cloud.google.com/dialogflow/cx/docs/reference/rest/v3/projects.locations.agents.sessions/matchIntent.
func (s *Session) Match(ctx context.Context, in Input) (*Result, error) {
	s.mu.Lock()
	c := s.clone()
	s.mu.Unlock()
	if err := c.begin(in); err != nil {
		return nil, err
	}
	t := newTurn(ctx, c, in)
	t.prepare()
	if err := t.understand(); err != nil {
		return nil, err
	}
	t.queue = nil // what a model said belongs to the turn
	return t.result(), nil
}

// Fulfill runs the turn of an input as Detect does, with a match that
// [Session.Match] gave for the same input. A match of another input is not
// found out. It fails as Detect does, and for a kind of match that nothing is
// fulfilled by.
func (s *Session) Fulfill(ctx context.Context, in Input, m Match) (*Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.turn(ctx, in, &m)
}

// SetParameters sets parameters of the session between turns; nil forgets.
func (s *Session) SetParameters(params map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, v := range params {
		assign(s.params, name, v)
	}
}

// accept goes on with a match as if it had been found.
func (t *turn) accept(m Match) error {
	t.res.Match = m
	switch m.Kind {
	case MatchIntent, MatchDirect:
		if t.em().prog.agent.Intents[m.Intent] == nil {
			return fmt.Errorf("%w: %q", ErrUnknownIntent, m.Intent)
		}
		t.intent = m.Intent
		t.take(m.Parameters)
		t.matched()
	case MatchParameter:
		t.take(m.Parameters)
		t.matched()
	case MatchNone:
		if strings.EqualFold(m.Event, eventLongUtterance) {
			t.event = eventLongUtterance
			return nil
		}
		return t.noMatch()
	case MatchNoInput:
		t.count(eventNoInput)
	case MatchEvent:
		t.event = eventName(m.Event)
	default:
		return fmt.Errorf("emulator: a match of kind %q cannot be fulfilled", m.Kind)
	}
	return nil
}
