package jetstream_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// needStrace returns the tracer. Where it is missing or may not trace, the test
// is skipped, except in .ci/run, which installs it and says so.
func needStrace(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("strace")
	if err == nil {
		err = exec.Command(path, "-o", os.DevNull, "true").Run()
	}
	if err != nil {
		if os.Getenv("CXHOOK_CI") != "" {
			t.Fatalf("no strace: %v", err)
		}
		t.Skipf("no strace, which shows the order of system calls: %v", err)
	}
	return path
}

// Case 366: the record is flushed before the 200 is written. The control does
// without the flush, and the same check sees it.
func TestFlushComesBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	strace := needStrace(t)
	const sent = 20
	for _, test := range []struct {
		name    string
		unsaved bool
		want    int
	}{
		{"embedded", false, sent},
		{"control without flushing", true, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			trace := filepath.Join(t.TempDir(), "trace")
			c := startChild(t, childConfig{Dir: filepath.Join(t.TempDir(), "store"), Unsaved: test.unsaved}, 0,
				strace, "-f", "-y", "-s", "4096", "-e", "trace=fsync,fdatasync,write,pwrite64", "-o", trace)
			for n := range sent {
				status, err := post(t.Context(), http.DefaultClient, c.url, eventID(n))
				if err != nil || status != http.StatusOK {
					t.Fatalf("event %d: status %d, %v", n, status, err)
				}
			}
			c.stop()
			text, err := os.ReadFile(trace)
			if err != nil {
				t.Fatal(err)
			}
			answers, flushed := checkTrace(string(text))
			if answers != sent || flushed != test.want {
				t.Errorf("%d answers, %d of them after a flush of the record, want %d and %d", answers, flushed, sent, test.want)
			}
		})
	}
}

func eventID(n int) string { return fmt.Sprintf("evt-%04d-traced", n) }

var (
	recordWrite = regexp.MustCompile(`^\d+ +pwrite64\(\d+<([^>]*\.blk)>, ".*(evt-\d{4}-traced)`)
	flushStart  = regexp.MustCompile(`^(\d+) +f(?:data)?sync\(\d+<([^>]*\.blk)>(?:\) += 0| <unfinished)`)
	flushEnd    = regexp.MustCompile(`^(\d+) +<\.\.\. f(?:data)?sync resumed>\) += 0`)
	answerWrite = regexp.MustCompile(`^\d+ +write\(\d+<socket:[^>]*>, "HTTP/1\.1 200 OK`)
)

// checkTrace counts the answers in a trace, and those of them before which the
// record of their event was flushed. Events are sent one after the other.
func checkTrace(trace string) (answers, flushed int) {
	written := make(map[string]string) // file to event, until its flush begins
	flushing := make(map[string]string)
	done := make(map[string]bool)
	for line := range strings.Lines(trace) {
		switch {
		case recordWrite.MatchString(line):
			m := recordWrite.FindStringSubmatch(line)
			written[m[1]] = m[2]
		case flushStart.MatchString(line):
			m := flushStart.FindStringSubmatch(line)
			event := written[m[2]]
			delete(written, m[2])
			if strings.Contains(line, "unfinished") {
				flushing[m[1]] = event
			} else {
				done[event] = true
			}
		case flushEnd.MatchString(line):
			m := flushEnd.FindStringSubmatch(line)
			done[flushing[m[1]]] = true
			delete(flushing, m[1])
		case answerWrite.MatchString(line):
			if done[eventID(answers)] {
				flushed++
			}
			answers++
		}
	}
	return answers, flushed
}
