package main

import (
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/cxhook/cxhook/internal/bench/body"
)

// counted are the steps that a tool for counting instructions may run.
var counted = map[string]func(size int) (contender, error){
	"decode":           decoderOf("cxhook"),
	"decode-protojson": decoderOf(nameProtojson),
	"scan":             decoderOf("cxhook scan"),
	"encode":           encoderOf("cxhook"),
	"encode-protojson": encoderOf(nameProtojson),
	"plain":            handlerOf("cxhook plain"),
	"typed":            handlerOf("cxhook Typed"),
	"call-protojson":   handlerOf(nameProtojson),
}

func decoderOf(name string) func(int) (contender, error) {
	return func(size int) (contender, error) {
		return named(decoders(body.Request(size, body.Pretty)), name)
	}
}

func encoderOf(name string) func(int) (contender, error) {
	return func(size int) (contender, error) { return named(encoders(body.Response(size)), name) }
}

func handlerOf(name string) func(int) (contender, error) {
	return func(size int) (contender, error) {
		for _, s := range services {
			if s.name == name {
				h, err := s.make(body.Response(size / 2))
				e := exchange{body: body.Request(size, body.Pretty), want: http.StatusOK}
				return contender{name, e.through(h)}, err
			}
		}
		return contender{}, fmt.Errorf("no service %q", name)
	}
}

func named(all []contender, name string) (contender, error) {
	for _, c := range all {
		if c.name == name {
			return c, nil
		}
	}
	return contender{}, fmt.Errorf("no contender %q", name)
}

// count does a step n times and nothing else, without collecting garbage, so
// that the work itself is counted.
func count(step string, size, n int) error {
	prepare, ok := counted[step]
	if !ok || size < 1 || n < 0 {
		return fmt.Errorf("cannot count %d times %q of %d bytes", n, step, size)
	}
	debug.SetGCPercent(-1) // of this process, which does nothing else
	c, err := prepare(size)
	if err != nil {
		return err
	}
	return c.work(n)
}
