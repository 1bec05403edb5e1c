// Command checkdeletion removes the checks of packages one at a time and runs
// their tests each time: a check whose absence no test sees is not tested.
//
// It changes nothing on disk and nothing that is built otherwise: the go
// command lays over the real files others in which every check stands behind a
// switch, so that the tests are built once and run once for each check.
//
//	go run ./internal/cmd/checkdeletion [-run regexp] [-every n] [-skip regexp] package...
//
// A check is the condition of an if, or of a case in a switch without a value,
// whose branch ends in a return that refuses: its last result is neither nil
// nor true. Each is replaced by one that never holds. What such a condition
// joins by || are checks of their own, and so is what a return joins by &&, each
// of which is replaced by one that always holds. A table of the checks and
// of the tests that miss them is printed; the status is 1 when a check is
// missed by none, apart from those that the source marks by a comment on the
// line before,
//
//	//backstop: why another check stands before this one
//
// and 2 when the run itself fails.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"time"
)

func main() {
	opts := options{}
	only := flag.String("run", "", "check only conditions whose place or text matches")
	flag.IntVar(&opts.every, "every", 1, "check only every n-th of them")
	flag.StringVar(&opts.skip, "skip", "Stampede|UnverifiedBodies|Corpus|Links|Fuzz", "tests to leave out, because they are slow")
	flag.DurationVar(&opts.timeout, "timeout", 2*time.Minute, "limit of one run of the tests")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if opts.only, err = regexp.Compile(*only); err != nil {
		fail(err)
	}
	survivors, err := run(ctx, os.Stdout, flag.Args(), opts)
	if err != nil {
		fail(err)
	}
	if survivors > 0 {
		os.Exit(1)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "checkdeletion:", err)
	os.Exit(2)
}

// options of a run.
type options struct {
	only    *regexp.Regexp // conditions that are checked
	every   int            // of those, one in so many
	skip    string         // tests that are left out
	timeout time.Duration  // of one run of the tests
}

var errNoPackages = errors.New("no packages given")
