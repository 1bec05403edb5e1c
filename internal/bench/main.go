// Bench measures what the library does with a call against what others do,
// all in one run and in turns, and prints one table:
//
//	go run ./internal/bench
//	go run ./internal/bench -turns 30 -match 'handler 4 KB'
//
// Each row is one contender at one step: medians of the time of all CPUs
// together for an operation (which holds the garbage collector's), of its
// share of what protojson and bare net/http took in the turn before, of what
// it adds to the first contender of the step, and of the allocations. The
// shares are what matters: times depend on the machine.
//
//	decode, encode  the codec alone; scan is what handlers of cx.Typed need
//	handler         whole http.Handlers without a connection
//	around          what stands around a handler, each alone
//	endpoint        the call of a handler with next to nothing to decode
//	HTTP            servers in processes of their own, on one CPU each, called
//	                over the loopback by 16 connections that are kept alive
//
// Bodies come from package body and are the same in every run: laid out as
// Dialogflow does it, or compact, which is more content in as many bytes. "cxhook plain"
// and "cxhook Typed" have all protections that are there by default, and drop
// their log; "cxhook Typed, all" has a router, a static secret and a log
// besides.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"time"
)

func main() {
	turns := flag.Int("turns", 11, "how often every contender has its turn")
	turn := flag.Duration("turn", 20*time.Millisecond, "length of a turn; over HTTP it is ten times as long")
	match := flag.String("match", "", "only steps whose name matches this expression")
	name := flag.String("serve", "", "serve this service until the input ends (used by the program itself)")
	step := flag.String("count", "", "do this step -n times with -size bytes, for a tool that counts instructions (see gate.sh)")
	n := flag.Int("n", 100, "how often")
	size := flag.Int("size", 4<<10, "bytes of a body")
	ask := flag.Bool("gate", false, "print what gate.sh has to count")
	decide := flag.Bool("judge", false, "read what gate.sh has counted and fail if a limit is passed")
	flag.Parse()
	var err error
	switch {
	case *ask:
		err = needed(os.Stdout)
	case *decide:
		err = judge(os.Stdin, os.Stdout)
	case *name != "":
		err = serve(*name, os.Stdin, os.Stdout)
	case *step != "":
		err = count(*step, *size, *n)
	default:
		err = run(os.Stdout, *turns, *turn, *match)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, turns int, turn time.Duration, match string) error {
	if turns < 1 || turn <= 0 {
		return fmt.Errorf("have %d turns of %v, want at least one of some length", turns, turn)
	}
	only, err := regexp.Compile(match)
	if err != nil {
		return err
	}
	t := newTable(w)
	for _, s := range steps() {
		if !only.MatchString(s.name) {
			continue
		}
		contenders, err := s.prepare()
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		sums, err := measure(contenders, turns, turn)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		for i, sum := range sums {
			t.add(row{step: s.name, contender: contenders[i].name, summary: sum})
		}
	}
	for _, s := range overHTTPSteps {
		if !only.MatchString(s.name) {
			continue
		}
		rows, err := overHTTP(s.name, s.style, turns, turn)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		for _, r := range rows {
			t.add(r)
		}
	}
	return t.w.Flush()
}
