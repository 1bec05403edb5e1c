package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/agent"
)

type testCommand struct {
	Agent   string   `required:"" placeholder:"DIR|ZIP" help:"The exported agent: a folder, zip or tar archive."`
	Match   string   `enum:"exact,recorded" default:"exact" help:"How texts are matched: exact (training phrases and entities) or recorded (by the triggered intents of the cases)."`
	Webhook []string `placeholder:"URL|NAME=URL|off|recorded" help:"Where webhooks are called: a URL for all, NAME=URL or NAME=off for one (may be repeated), off (unreachable, the default) or recorded (by what the cases recorded)."`
	Live    bool     `help:"Call webhooks without a mapping at the address that the agent exports."`
	JSON    string   `name:"json" placeholder:"FILE" help:"Write what the agent did to FILE."`
	Faults  bool     `help:"Also list what is wrong in the agent."`
	Case    []string `placeholder:"NAME" sep:"none" help:"Run only the cases of this name (may be repeated)."`
}

// Run implements the command.
func (c *testCommand) Run(env *environment) error {
	a, err := agent.OpenFile(c.Agent)
	if err != nil {
		return err
	}
	c.tellFaults(env.stderr, a)
	hooks, recorded, err := c.webhooks(a)
	if err != nil {
		return err
	}
	runner := &emulator.CaseRunner{
		Agent: a, Matcher: emulator.ExactMatcher(a), RecordedMatching: c.Match == "recorded",
		Webhooks: hooks, RecordedWebhooks: recorded,
	}
	cases, err := c.chosen(a)
	if err != nil {
		return err
	}
	reports := runAll(env.ctx, runner, cases, newProgress(env.stderr, len(cases)))
	if err := env.ctx.Err(); err != nil {
		return err
	}
	if c.JSON != "" {
		if err := writeReport(c.JSON, reports); err != nil {
			return err
		}
	}
	return printReports(env.stdout, reports)
}

// tellFaults lists what is wrong in the agent, or says that there is something:
// it may be why a case differs.
func (c *testCommand) tellFaults(w io.Writer, a *agent.Agent) {
	if n := len(a.Faults); n > 0 && !c.Faults {
		fmt.Fprintf(w, "cxhook: faults in the agent: %d; --faults lists them\n", n)
		return
	}
	for _, f := range a.Faults {
		fmt.Fprintln(w, f)
	}
}

// chosen returns the cases to run. A name that no case has is an error: a run
// of nothing would pass.
func (c *testCommand) chosen(a *agent.Agent) ([]*agent.TestCase, error) {
	if len(c.Case) == 0 {
		return a.TestCases, nil
	}
	for _, name := range c.Case {
		if !slices.ContainsFunc(a.TestCases, func(tc *agent.TestCase) bool { return named(tc, name) }) {
			return nil, fmt.Errorf("the agent has no test case %q", name)
		}
	}
	var cases []*agent.TestCase
	for _, tc := range a.TestCases {
		if slices.ContainsFunc(c.Case, func(name string) bool { return named(tc, name) }) {
			cases = append(cases, tc)
		}
	}
	return cases, nil
}

// named reports whether a case has a display name, or is in a file of it.
func named(tc *agent.TestCase, name string) bool { return tc.DisplayName == name || tc.File == name }

// runAll runs the cases, as many at once as the machine has processors.
func runAll(ctx context.Context, runner *emulator.CaseRunner, cases []*agent.TestCase, p *progress) []*emulator.CaseReport {
	defer p.done()
	reports := make([]*emulator.CaseReport, len(cases))
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				reports[i] = runner.Run(ctx, cases[i])
				p.add()
			}
		})
	}
	for i := range cases {
		next <- i
	}
	close(next)
	wg.Wait()
	return reports
}

// printReports writes a line for each turn that differs, below it the webhook
// calls that failed in it, and the totals. Turns that were not run are none as
// recorded.
func printReports(w io.Writer, reports []*emulator.CaseReport) error {
	failed, turns, right := 0, 0, 0
	for _, r := range reports {
		turns += len(r.Case.Turns)
		if r.Failed() {
			failed++
		}
		if r.Err != nil {
			fmt.Fprintf(w, "%s: %v\n", r.Case.DisplayName, r.Err)
		}
		for i, t := range r.Turns {
			if len(t.Differences) == 0 {
				right++
				continue
			}
			printTurn(w, fmt.Sprintf("%s: turn %d", r.Case.DisplayName, i+1), t)
		}
	}
	fmt.Fprintf(w, "%d of %d cases as recorded, %d of %d turns\n", len(reports)-failed, len(reports), right, turns)
	if failed > 0 {
		return errCasesFail
	}
	return nil
}

func printTurn(w io.Writer, turn string, t emulator.TurnReport) {
	differences := make([]string, len(t.Differences))
	for i, d := range t.Differences {
		differences[i] = d.String()
	}
	fmt.Fprintf(w, "%s: %s\n", turn, strings.Join(differences, "; "))
	for _, h := range t.Result.Webhooks {
		if h.Event == "" {
			continue
		}
		name := fmt.Sprintf("webhook %q", h.Name)
		if h.Tag != "" { // a flexible one has none
			name += fmt.Sprintf(", tag %q", h.Tag)
		}
		fmt.Fprintf(w, "    %s: %s: %s\n", name, h.Event, h.Status.GetMessage())
	}
}
