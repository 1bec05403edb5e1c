package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/cxhook/cxhook/internal/bench/body"
)

func TestRunPrintsOneTable(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(&out, 2, time.Millisecond, `^(decode|encode|handler) (1|0\.3) KB$`); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if want := 1 + len(services) + 3 + 2; len(lines) != want {
		t.Fatalf("got %d lines, want %d:\n%s", len(lines), want, out.String())
	}
	for _, line := range lines[1:] {
		if strings.Contains(line, " protojson ") != strings.Contains(line, "  1.000  ") {
			t.Errorf("line %q: protojson alone has all of what protojson needs", line)
		}
	}
}

// Every service answers the same call with the same message, and what stands
// around them lets the call through.
func TestServicesAnswerAlike(t *testing.T) {
	t.Parallel()
	want := body.Response(2 << 10)
	for _, size := range []int{1 << 10, 4 << 10, 1<<20 - 1<<10} {
		for _, s := range services {
			h, err := s.make(want)
			if err != nil {
				t.Fatal(err)
			}
			req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, hookPath, bytes.NewReader(body.Request(size, body.Pretty)))
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set(secretHeader, secret)
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, req)
			var got cxpb.WebhookResponse
			if err := protojson.Unmarshal(rec.Body.Bytes(), &got); rec.Code != http.StatusOK || err != nil || !proto.Equal(&got, want) {
				t.Errorf("%s answers %d bytes with status %d, %v", s.name, size, rec.Code, err)
			}
		}
	}
	for _, prepare := range []func() ([]contender, error){wrappers, frameworks} {
		all, err := prepare()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range all {
			if err := c.work(2); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	}
}

// A service that finds another request does not answer it.
func TestServicesLookAtTheRequest(t *testing.T) {
	t.Parallel()
	other := bytes.ReplaceAll(body.Request(4<<10, body.Pretty), []byte(wantParameter), []byte("something else"))
	for _, s := range services {
		h, err := s.make(body.Response(300))
		if err != nil {
			t.Fatal(err)
		}
		err = (&exchange{body: other, want: http.StatusOK}).through(h)(1)
		if (err == nil) != (s.name == nameBare) {
			t.Errorf("%s: %v", s.name, err)
		}
	}
}

// The server's side and the client's, over a real connection.
func TestServeAndCall(t *testing.T) {
	t.Parallel()
	in, ask := io.Pipe()
	tell, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- serve(nameProtojson, in, out) }()
	answers := bufio.NewReader(tell)
	r := &running{site: &site{ask: ask, tell: answers}}
	if _, err := fmt.Fscanln(answers, &r.addr); err != nil {
		t.Fatal(err)
	}
	c, err := dial(r.addr, rawRequest(body.Request(4<<10, body.Pretty)))
	if err != nil {
		t.Fatal(err)
	}
	r.clients = []*client{c}
	res, l, err := r.turn(20 * time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if res.allocs < 500 || res.wall <= 0 || l.rate <= 0 || l.worst < l.half || l.half <= 0 {
		t.Errorf("measured %+v and %+v", res, l)
	}
	c.request = rawRequest([]byte("{}"))
	if err := c.call(); err == nil {
		t.Error("an answer of 400 counts as served")
	}
	if err := errors.Join(c.conn.Close(), ask.Close(), <-ended); err != nil {
		t.Error(err)
	}
	if err := serve("nobody", strings.NewReader(""), io.Discard); err == nil {
		t.Error("a service that does not exist is served")
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"no turns":       run(new(strings.Builder), 0, time.Second, ""),
		"no length":      run(new(strings.Builder), 1, 0, ""),
		"bad expression": run(new(strings.Builder), 1, time.Second, "("),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestMedian(t *testing.T) {
	t.Parallel()
	for want, walls := range map[float64][]float64{2: {9, 1, 2}, 3: {4, 1, 9, 2}, 7: {7}} {
		var rs []result
		for _, w := range walls {
			rs = append(rs, result{wall: w})
		}
		if got := median(rs, func(r result) float64 { return r.wall }); got != want {
			t.Errorf("median of %v = %v, want %v", walls, got, want)
		}
	}
}

// A contender's failure stops the run: numbers of work that was not done are
// worse than none.
func TestMeasureFails(t *testing.T) {
	t.Parallel()
	if err := called("other", ""); err == nil {
		t.Fatal("called accepts any tag")
	}
	_, err := measure([]contender{{"failing", func(int) error { return called("other", "") }}}, 1, time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "failing") {
		t.Errorf("measure = %v, want an error that names the contender", err)
	}
}
