package jetstream_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Case 368 and experiment F11: while the device does not take the record the
// sender is told 503, afterwards 200 again, and nothing that was answered with
// 200 is lost.
func TestDeviceThatFailsAndRecovers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		breaks func(*testing.T, *receiver)
	}{
		{"full file system", func(t *testing.T, r *receiver) {
			r.start(t, "1m")
			r.post(t, http.StatusServiceUnavailable, 20<<10)
			r.post(t, http.StatusServiceUnavailable, 20<<10)
			r.ask(t, "/space")
		}},
		{"no space for a write", func(t *testing.T, r *receiver) {
			r.start(t, "")
			mend := inject(t, r.cmd.Process.Pid, "pwrite64:error=ENOSPC")
			r.post(t, http.StatusServiceUnavailable, 10)
			r.post(t, http.StatusServiceUnavailable, 10)
			mend()
		}},
		{"input/output error of a flush", func(t *testing.T, r *receiver) {
			r.start(t, "")
			mend := inject(t, r.cmd.Process.Pid, "fsync,fdatasync:error=EIO")
			r.post(t, http.StatusServiceUnavailable, 10)
			r.post(t, http.StatusServiceUnavailable, 10)
			mend()
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			effects := &sink{calls: make(map[string]int)}
			srv := httptest.NewServer(effects)
			t.Cleanup(srv.Close)
			r := &receiver{sink: srv.URL}
			test.breaks(t, r)
			r.post(t, http.StatusOK, 10)
			r.ask(t, "/work")
			eventually(t, "the queue is empty", func() bool { return idle(t, r.url) })
			effects.mu.Lock()
			defer effects.mu.Unlock()
			for _, id := range r.acked {
				if effects.calls[id] == 0 {
					t.Errorf("%s was answered with 200 and is lost", id)
				}
			}
			t.Logf("%d of %d events answered with 200, none of them lost", len(r.acked), r.sent)
		})
	}
}

// receiver is a child, and what it answered.
type receiver struct {
	*child
	sink  string
	sent  int
	acked []string
}

// start starts the receiver and lets it record a few events.
func (r *receiver) start(t *testing.T, tmpfs string) {
	t.Helper()
	cfg := childConfig{Dir: filepath.Join(t.TempDir(), "store"), Sink: r.sink, Later: true, Tmpfs: tmpfs}
	if tmpfs == "" {
		r.child = startChild(t, cfg, 0)
	} else {
		r.child = startMounting(t, cfg)
	}
	t.Cleanup(r.kill)
	for range 5 {
		r.post(t, http.StatusOK, 10)
	}
}

// startMounting starts a receiver that may mount file systems for itself.
func startMounting(t *testing.T, cfg childConfig) *child {
	t.Helper()
	attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	probe := exec.Command("mount", "-t", "tmpfs", "probe", t.TempDir())
	probe.SysProcAttr = attr
	if out, err := probe.CombinedOutput(); err != nil {
		t.Skipf("no file system can be mounted here, so that a failing write alone shows the full disk: %v: %s", err, out)
	}
	return startChildWith(t, cfg, 0, attr)
}

// post sends new events until one is answered with the status.
func (r *receiver) post(t *testing.T, want, size int) {
	t.Helper()
	end := time.Now().Add(within)
	for time.Now().Before(end) {
		id := eventID(r.sent)
		r.sent++
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+"/events", strings.NewReader(`"`+strings.Repeat("x", size)+`"`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Event-Id", id)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		switch resp.StatusCode {
		case http.StatusOK:
			r.acked = append(r.acked, id)
		case http.StatusServiceUnavailable:
		default:
			t.Fatalf("status %d, want 200 or 503", resp.StatusCode)
		}
		if resp.StatusCode == want {
			return
		}
	}
	t.Fatalf("no answer with status %d within %v", want, within)
}

func (r *receiver) ask(t *testing.T, path string) {
	t.Helper()
	resp, err := http.Post(r.url+path, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

// inject makes system calls of a process fail until the returned function is
// called.
func inject(t *testing.T, pid int, fault string) (mend func()) {
	t.Helper()
	cmd := exec.Command(needStrace(t), "-f", "-p", strconv.Itoa(pid), "-o", os.DevNull, "-e", "inject="+fault)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	for lines.Scan() && !strings.Contains(lines.Text(), "attached") {
		if strings.Contains(lines.Text(), "attach:") {
			t.Fatalf("strace: %s", lines.Text())
		}
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for lines.Scan() { // new threads are told of as well
		}
	}()
	mend = func() {
		_ = cmd.Process.Signal(os.Interrupt)
		<-drained
		_ = cmd.Wait()
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return mend
}
