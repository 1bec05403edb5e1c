package emulator

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
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
	// has one. Values that Matcher does not find, or only assumes, come from
	// the recorded parameters of that turn, for parameters of that intent or of
	// the form.
	RecordedMatching bool
	// Webhooks calls the webhooks; nil: all are unreachable.
	Webhooks Webhooks
	// RecordedWebhooks answers webhook calls from the recording instead; see
	// FIDELITY.md. A turn that calls one may run twice, so a [Model] among the
	// options may be asked twice.
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

// Run may be called for several cases at once. It runs one case to its end:
// nothing is put right after a turn that went another way. The clock stands at
// the time when the case was recorded, if the case says it, and RAND gives the same
// numbers in every run.
func (r *CaseRunner) Run(ctx context.Context, c *agent.TestCase) *CaseReport {
	r.prepare()
	report := &CaseReport{Case: c}
	if c.Playbook {
		report.Err = fmt.Errorf("emulator: case %q talks to a playbook, which needs a model", c.DisplayName)
		return report
	}
	run := &caseRun{runner: r}
	if report.Err = run.start(c); report.Err != nil {
		return report
	}
	for i := range c.Turns {
		res, err := run.next(ctx, &c.Turns[i])
		if err != nil {
			report.Err = fmt.Errorf("turn %d: %w", i+1, err)
			return report
		}
		report.Turns = append(report.Turns, TurnReport{res, compareTurn(&c.Turns[i], res)})
	}
	return report
}

// caseRun is one run of a case.
type caseRun struct {
	runner  *CaseRunner
	session *Session
	matcher caseMatcher
	hooks   caseWebhooks
	before  map[string]any // the recorded parameters of the turn before
}

// start puts a session where the case begins.
func (run *caseRun) start(c *agent.TestCase) error {
	r := run.runner
	run.matcher.Matcher, run.hooks.Webhooks = r.Matcher, r.Webhooks
	opts := []Option{WithMatcher(&run.matcher), WithWebhooks(&run.hooks), WithVariant(func(int) int { return 0 })}
	if !c.Created.IsZero() {
		opts = append(opts, WithClock(func() time.Time { return c.Created }))
	}
	em, err := newEmulator(r.prog, append(opts, r.Options...))
	if err != nil {
		return err
	}
	em.env.Rand = rand.New(rand.NewPCG(1, 2)).Float64 // one session, one turn at a time
	run.session = em.NewSession("test")
	if c.Language != "" {
		run.session.language = strings.ToLower(c.Language)
	}
	if c.Flow == "" && c.Page == "" {
		return nil
	}
	return run.session.Start(PageName{c.Flow, c.Page})
}

// next runs a turn. With recorded webhooks it is tried first without what the
// agent itself can explain.
func (run *caseRun) next(ctx context.Context, turn *agent.Turn) (*Result, error) {
	r := run.runner
	defer func() { run.before = turn.Parameters }()
	if r.RecordedMatching {
		run.matcher.Matcher = &recordedMatcher{behind: r.Matcher, turn: turn, before: run.before}
	}
	if !r.RecordedWebhooks {
		return run.session.Detect(ctx, inputOf(turn))
	}
	trial := &recordedWebhooks{known: r.known, turn: turn, before: run.before}
	run.hooks.Webhooks = trial
	was := run.session.clone()
	res, err := run.session.Detect(ctx, inputOf(turn))
	if err != nil || !trial.withheld {
		return res, err
	}
	run.hooks.Webhooks = &recordedWebhooks{known: r.known, turn: turn, before: run.before, trial: res}
	run.session = was
	return run.session.Detect(ctx, inputOf(turn))
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
