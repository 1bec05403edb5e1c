package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/cxhook/cxhook/internal/bench/body"
)

// usage is what a server has used since it began.
type usage struct {
	cpu            time.Duration
	allocs, memory uint64
}

// site is a server in a process of its own, so that its CPU time is its own.
type site struct {
	cmd  *exec.Cmd
	ask  io.WriteCloser
	tell *bufio.Reader
	addr string
}

// openSite starts this program again as the server of a service, on one CPU.
func openSite(name string) (*site, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, "-serve", name) //nolint:gosec,noctx // this very program; it ends when its input does
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	ask, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	tell, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &site{cmd: cmd, ask: ask, tell: bufio.NewReader(tell)}
	if _, err := fmt.Fscanln(s.tell, &s.addr); err != nil {
		return nil, errors.Join(fmt.Errorf("server of %s: %w", name, err), s.close())
	}
	return s, nil
}

// usage asks the server. Between two turns, so that the question costs none.
func (s *site) usage() (u usage, err error) {
	if _, err := io.WriteString(s.ask, "usage\n"); err != nil {
		return u, err
	}
	_, err = fmt.Fscanln(s.tell, &u.cpu, &u.allocs, &u.memory)
	return u, err
}

func (s *site) close() error {
	_ = s.ask.Close() // the server ends by it
	return s.cmd.Wait()
}

// serve is the other side of a site: it tells its address, then its usage for
// each line that it reads, until there are no more.
func serve(name string, in io.Reader, out io.Writer) error {
	for _, s := range services {
		if s.name != name {
			continue
		}
		h, err := s.make(body.Response(overHTTPReply))
		if err != nil {
			return err
		}
		return serveHandler(h, in, out)
	}
	return fmt.Errorf("no service %q", name)
}

func serveHandler(h http.Handler, in io.Reader, out io.Writer) error {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is closed below
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	if _, err := fmt.Fprintln(out, l.Addr()); err != nil {
		return err
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		var m runtime.MemStats
		u := cpuTime()
		runtime.ReadMemStats(&m)
		if _, err := fmt.Fprintln(out, int64(u), m.Mallocs, m.TotalAlloc); err != nil {
			return err
		}
	}
	if err := srv.Close(); err != nil {
		return err
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
