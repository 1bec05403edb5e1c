package emulator

import (
	"context"
	"maps"
	"strings"
	"sync"
)

// maxStack is how many calling pages a session remembers.
//
// Source: https://docs.cloud.google.com/dialogflow/cx/docs/concept/handler.
const maxStack = 25

// Session is one conversation. Its turns run one after the other; it is safe
// for concurrent use.
type Session struct {
	em   *Emulator
	name SessionName

	mu       sync.Mutex
	language string // lower case
	sent     string // the language as the client wrote it
	params   map[string]any
	at       frame
	stack    []frame
	previous *frame           // where the page before was left
	counts   map[countKey]int // no-matches and no-inputs since something matched
	ended    bool
}

// frame is where the conversation is within one flow, and on the stack where
// it goes on when the flow that was called ends.
type frame struct {
	page *page
	vars map[string]any // $flow.x
	next int            // the handler of the page's order to go on with
	form formState
}

// formState is what of a page's form cannot be told from the session's
// parameters.
type formState struct {
	prompted *formParameter          // asked for in the last turn
	invalid  map[*formParameter]bool // refused by a webhook, to be asked again
	open     map[*formParameter]bool // not prefilled, though the session has a value
}

// countKey is what no-matches and no-inputs are counted for.
type countKey struct {
	page    *page
	param   *formParameter // nil if none was asked for
	noInput bool
}

// ID returns the id that the session was made with.
func (s *Session) ID() string { return s.name.ID }

// clone copies the session as it is.
func (s *Session) clone() *Session {
	c := &Session{em: s.em, name: s.name, language: s.language, sent: s.sent, params: maps.Clone(s.params), at: s.at.clone(), counts: maps.Clone(s.counts), ended: s.ended}
	for _, f := range s.stack {
		c.stack = append(c.stack, f.clone())
	}
	if s.previous != nil {
		f := s.previous.clone()
		c.previous = &f
	}
	return c
}

func (f frame) clone() frame {
	f.vars, f.form.invalid, f.form.open = maps.Clone(f.vars), maps.Clone(f.form.invalid), maps.Clone(f.form.open)
	return f
}

// reset puts the session at the start of the agent.
func (s *Session) reset() {
	s.params = make(map[string]any)
	s.stack, s.previous, s.ended = nil, nil, false
	s.counts = make(map[countKey]int)
	s.at = frame{page: s.em.prog.start.start, vars: make(map[string]any)}
	if s.language == "" {
		s.language, s.sent = s.em.prog.agent.DefaultLanguage, s.em.prog.agent.DefaultLanguage
	}
}

// place puts the session on a page without running anything there. A form's
// first parameter counts as asked for.
func (s *Session) place(pg *page) {
	s.at = frame{page: pg, vars: make(map[string]any)}
	s.at.form.prompted = s.at.missing(s.params)
}

// Start puts a new session on a page, as currentPage of the query parameters
// and the start of a test case do: nothing of the page runs, and its form's
// first empty parameter counts as asked for. The error is [ErrUnknownPage].
func (s *Session) Start(n PageName) error {
	pg, err := s.em.pageOf(n)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reset()
	s.place(pg)
	return nil
}

// Parameters returns a copy of the session's parameters.
func (s *Session) Parameters() map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.params)
}

// Detect runs one turn. The error is that of the context, of the matcher, or
// of an input that names what the agent does not have; the session is then as
// far as the turn came.
func (s *Session) Detect(ctx context.Context, in Input) (*Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.turn(ctx, in, nil)
}

// begin brings the session to where the input finds it.
func (s *Session) begin(in Input) error {
	if s.ended {
		params := s.params
		s.reset()
		if s.em.opts.rules.KeepSessionAtEnd {
			s.params = params
		}
	}
	if in.Language != "" {
		s.language, s.sent = strings.ToLower(in.Language), in.Language
	}
	if !in.Query.CurrentPage.isZero() {
		pg, err := s.em.pageOf(in.Query.CurrentPage)
		if err != nil {
			return err
		}
		s.reset()
		s.place(pg)
	}
	return nil
}

// filled reports whether a form parameter has a value.
func (f *frame) filled(fp *formParameter, params map[string]any) bool {
	if f.form.invalid[fp] || f.form.open[fp] {
		return false
	}
	v, ok := f.value(fp.src.DisplayName, params)
	return ok && v != nil
}

// missing returns the first required parameter of the form without a value,
// nil if there is none.
func (f *frame) missing(params map[string]any) *formParameter {
	for _, fp := range f.page.form {
		if fp.src.Required && !f.filled(fp, params) {
			return fp
		}
	}
	return nil
}

// push puts the calling page on the stack; the oldest falls off.
func (s *Session) push(f frame) {
	s.stack = append(s.stack, f)
	if len(s.stack) > maxStack {
		s.stack = s.stack[1:]
	}
}

// pop takes the calling page from the stack.
func (s *Session) pop() (frame, bool) {
	if len(s.stack) == 0 {
		return frame{}, false
	}
	f := s.stack[len(s.stack)-1]
	s.stack = s.stack[:len(s.stack)-1]
	return f, true
}
