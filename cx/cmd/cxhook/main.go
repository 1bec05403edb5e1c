// Command cxhook works with Dialogflow CX agents on this machine.
//
//	cxhook test --agent DIR|ZIP [--match exact|recorded] [--webhook URL|NAME=URL|off|recorded] [--json FILE]
//	cxhook serve --agent DIR|ZIP [--webhook URL|NAME=URL]… [--grpc ADDR]
//	cxhook detect [--grpc ADDR] [--session ID] TEXT
//	cxhook check --config FILE [--metrics URL]
//
// test runs the test cases of an exported agent and writes a line for each turn
// that differs, with the webhook calls that failed in it. It ends with 0 when
// all cases come out as recorded (or there are none), 1 when one does not, and
// 2 when it could not run.
//
// serve is the agent for programs that use Google's client libraries:
// Dialogflow's Sessions API over gRPC, on the loopback, without authentication
// and without TLS. It prints the address and ends with 0 on SIGINT and SIGTERM, when
// turns that run have ended or 5 seconds are over, and with 2 when it could not
// run. Standard error has a line for each turn.
//
// detect is a client of serve for one turn: it writes the replies, and to
// standard error where the conversation is. It ends with 2 when there was no
// answer.
//
// check reads the configuration of a receiver of events, tells every mistake
// with its line, and holds it against what a receiver in production should
// have. It ends with 0 when nothing fails, 1 when something does, and 2 when it
// could not run.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// The ways the command ends.
const (
	exitFailed   = 1 // a case differs, a check fails
	exitUnusable = 2 // the command could not run
)

// errCasesFail ends the command with exitFailed.
var errCasesFail = errors.New("test cases differ from their recordings")

type commands struct {
	Test   testCommand   `cmd:"" help:"Run the test cases of an exported agent."`
	Serve  serveCommand  `cmd:"" help:"Serve an exported agent under Dialogflow's Sessions API."`
	Detect detectCommand `cmd:"" help:"Say something to an agent that serve serves."`
	Check  checkCommand  `cmd:"" help:"Check the configuration of a receiver of events."`
}

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// run is the command without the process around it.
func run(ctx context.Context, args []string, stdout, stderr *os.File) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	var cli commands
	exit := -1
	parser, err := kong.New(&cli, kong.Name("cxhook"),
		kong.Description("Work with Dialogflow CX agents on this machine."),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { exit = code }), kong.UsageOnError())
	if err != nil {
		fmt.Fprintln(stderr, "cxhook:", err)
		return exitUnusable
	}
	command, err := parser.Parse(args)
	if exit >= 0 { // help was asked for
		return exit
	}
	if err != nil {
		fmt.Fprintln(stderr, "cxhook:", err)
		return exitUnusable
	}
	switch err := command.Run(&environment{ctx: ctx, stdout: stdout, stderr: stderr}); {
	case err == nil:
		return 0
	case errors.Is(err, errCasesFail), errors.Is(err, errChecksFail):
		return exitFailed
	default:
		fmt.Fprintln(stderr, "cxhook:", err)
		return exitUnusable
	}
}

// environment is what commands run in.
type environment struct {
	ctx            context.Context
	stdout, stderr *os.File
}
