package emulator

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cxhook/cxhook/cx/emulator/agent"
)

// CaseRunner runs the test cases of an agent.
type CaseRunner struct {
	// Agent is the agent whose cases are run.
	Agent *agent.Agent
	// Matcher understands the user; nil is none.
	Matcher Matcher
	// RecordedMatching lets the recorded triggered intent decide where a turn
	// has one. Values that Matcher does not find come from the recorded
	// parameters of that turn, for parameters of that intent or of the form.
	RecordedMatching bool
	// Webhooks calls the webhooks; nil: all are unreachable.
	Webhooks Webhooks
	// RecordedWebhooks answers webhook calls from the recording instead.
	RecordedWebhooks bool
	// Options are further options of the emulator.
	Options []Option

	once  sync.Once
	prog  *program
	known *explained
}

// CaseReport is what a test case came to.
type CaseReport struct {
	Case  *agent.TestCase
	Turns []TurnReport
	Err   error // why it could not be run to its end
}

// TurnReport is what one turn of a case came to.
type TurnReport struct {
	Result      *Result
	Differences []Difference
}

// Failed reports whether the case could not be run or differs from its
// recording.
func (r *CaseReport) Failed() bool {
	return r.Err != nil || slices.ContainsFunc(r.Turns, func(t TurnReport) bool { return len(t.Differences) > 0 })
}

// prepare makes what all cases share.
func (r *CaseRunner) prepare() {
	r.once.Do(func() {
		r.prog = compile(r.Agent)
		r.known = explain(r.prog)
	})
}

// Run may be called for several cases at once. It runs one case to its end: nothing is put right after a turn that went
// another way. The clock stands at the time when the case was recorded, if
// the case says it.
func (r *CaseRunner) Run(ctx context.Context, c *agent.TestCase) *CaseReport {
	r.prepare()
	report := &CaseReport{Case: c}
	if c.Playbook {
		report.Err = fmt.Errorf("emulator: case %q talks to a playbook, which needs a model", c.DisplayName)
		return report
	}
	matcher := &caseMatcher{Matcher: r.Matcher}
	hooks := &caseWebhooks{Webhooks: r.Webhooks}
	opts := []Option{WithMatcher(matcher), WithWebhooks(hooks), WithVariant(func(int) int { return 0 })}
	if !c.Created.IsZero() {
		opts = append(opts, WithClock(func() time.Time { return c.Created }))
	}
	em, err := newEmulator(r.prog, append(opts, r.Options...))
	if err != nil {
		report.Err = err
		return report
	}
	s := em.NewSession("test")
	if c.Language != "" {
		s.language = c.Language
	}
	if c.Flow != "" || c.Page != "" {
		if err := s.Start(PageName{c.Flow, c.Page}); err != nil {
			report.Err = err
			return report
		}
	}
	var before map[string]any
	recorded := &agent.Turn{}
	if r.RecordedMatching && em.opts.model == nil {
		em.opts.model = func(_ context.Context, q *ModelRequest) (ModelAnswer, bool, error) {
			v, ok := lookup(recorded.Parameters, q.Output)
			return ModelAnswer{Value: v}, ok && q.Output != "", nil
		}
	}
	shown := slices.ContainsFunc(c.Turns, func(t agent.Turn) bool { return t.Parameters != nil })
	for i := range c.Turns {
		turn := &c.Turns[i]
		recorded = turn
		if r.RecordedMatching {
			matcher.Matcher = &recordedMatcher{behind: r.Matcher, turn: turn, before: before, known: r.known, shown: shown}
		}
		var trial *recordedWebhooks
		var was *Session
		if r.RecordedWebhooks {
			trial = &recordedWebhooks{known: r.known, turn: turn, before: before}
			hooks.Webhooks = trial
			was = s.clone()
		}
		res, err := s.Detect(ctx, inputOf(turn))
		if trial != nil && trial.withheld && err == nil {
			hooks.Webhooks = &recordedWebhooks{known: r.known, turn: turn, before: before, trial: res}
			s = was
			res, err = s.Detect(ctx, inputOf(turn))
		}
		if err != nil {
			report.Err = fmt.Errorf("turn %d: %w", i+1, err)
			return report
		}
		report.Turns = append(report.Turns, TurnReport{res, compareTurn(turn, res)})
		before = turn.Parameters
	}
	return report
}

// caseMatcher and caseWebhooks stand for what changes from turn to turn.
type caseMatcher struct{ Matcher }

func (m *caseMatcher) Match(ctx context.Context, u *Utterance) (IntentMatch, bool, error) {
	if m.Matcher == nil {
		return IntentMatch{}, false, nil
	}
	return m.Matcher.Match(ctx, u)
}

func (m *caseMatcher) Fill(ctx context.Context, u *Utterance, want []FormSlot) (map[string]Slot, error) {
	if m.Matcher == nil {
		return nil, nil
	}
	return m.Matcher.Fill(ctx, u, want)
}

type caseWebhooks struct{ Webhooks }

// inputOf is what the user did in a recorded turn.
func inputOf(t *agent.Turn) Input {
	in := Input{
		Event: t.Event, DTMF: t.DTMF, Language: t.Language,
		Query: QueryParams{DisableWebhook: !t.Webhooks},
	}
	if t.Text != nil {
		in.Text = *t.Text
	}
	if len(t.Injected) > 0 {
		in.Query.Parameters = make(map[string]any, len(t.Injected))
		for name, v := range t.Injected {
			in.Query.Parameters[plainName(name)] = v
		}
	}
	return in
}
