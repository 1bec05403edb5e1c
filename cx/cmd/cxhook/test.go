package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
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
	Case    []string `placeholder:"NAME" help:"Run only the cases of this name (may be repeated)."`
}

// Run implements the command.
func (c *testCommand) Run(env *environment) error {
	a, err := agent.OpenFile(c.Agent)
	if err != nil {
		return err
	}
	for _, f := range a.Faults {
		if c.Faults {
			fmt.Fprintln(env.stderr, f)
		}
	}
	hooks, recorded, err := c.webhooks(a)
	if err != nil {
		return err
	}
	runner := &emulator.CaseRunner{
		Agent: a, Matcher: emulator.ExactMatcher(a), RecordedMatching: c.Match == "recorded",
		Webhooks: hooks, RecordedWebhooks: recorded,
	}
	cases := c.chosen(a)
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

func (c *testCommand) chosen(a *agent.Agent) []*agent.TestCase {
	if len(c.Case) == 0 {
		return a.TestCases
	}
	var cases []*agent.TestCase
	for _, tc := range a.TestCases {
		for _, name := range c.Case {
			if tc.DisplayName == name || tc.File == name {
				cases = append(cases, tc)
			}
		}
	}
	return cases
}

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

// printReports writes a line for each turn that differs and the totals.
func printReports(w *os.File, reports []*emulator.CaseReport) error {
	failed, turns, wrong := 0, 0, 0
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
				continue
			}
			wrong++
			fmt.Fprintf(w, "%s: turn %d:", r.Case.DisplayName, i+1)
			for j, d := range t.Differences {
				if j > 0 {
					fmt.Fprint(w, ";")
				}
				fmt.Fprintf(w, " %s", d)
			}
			fmt.Fprintln(w)
		}
	}
	fmt.Fprintf(w, "%d of %d cases as recorded, %d of %d turns\n", len(reports)-failed, len(reports), turns-wrong, turns)
	if failed > 0 {
		return errCasesFail
	}
	return nil
}
