package main

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain is the command itself when a test starts it as a process.
func TestMain(m *testing.M) {
	if os.Getenv("CXHOOK_BE_THE_COMMAND") != "" {
		main()
	}
	os.Exit(m.Run())
}

// served starts the command as a process of its own and returns the address
// that it prints, and a function that ends it by a signal and returns its exit
// code and what it wrote to standard error.
func served(t *testing.T, args ...string) (addr string, end func(os.Signal) (code int, stderr string)) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], append([]string{"serve"}, args...)...)
	cmd.Env = append(os.Environ(), "CXHOOK_BE_THE_COMMAND=1")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if a, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			return a, func(s os.Signal) (int, string) {
				if err := cmd.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
				for lines.Scan() { // Wait must not close the pipe before it is read
				}
				_ = cmd.Wait() // the code says how it ended
				return cmd.ProcessState.ExitCode(), errs.String()
			}
		}
	}
	t.Fatalf("the command ended without an address: %v, %s", cmd.Wait(), errs.String())
	return "", nil
}

// A served agent answers detect, with a webhook and without one, keeps
// sessions apart, and ends at a signal.
func TestServeAndDetect(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			addr, end := served(t, "--agent", shop(t), "--grpc", "127.0.0.1:0", "--webhook", "shop="+webhook(t, "12.5"))
			for _, c := range []struct {
				reason     string
				args       []string
				code       int
				out, aside string
			}{
				{"a webhook speaks", []string{"hello"}, 0, "Welcome.\nHello from the webhook.\n", "[intent hello, at Start / Start Page]"},
				{"a text of several words", []string{"what", "is", "the", "price"}, 0, "It costs 12.5.\n", "[intent price, at Start / Price]"},
				{"another session is elsewhere", []string{"--session", "b", "hello"}, 0, "Welcome.\n", "Start Page"},
				{"without webhooks", []string{"--session", "b", "--no-webhook", "hello"}, 0, "Welcome.\n", "Start Page"},
				{"the end of the first session", []string{"hello"}, 0, "", "[intent hello, at Start / End Session]"},
				{"silence", nil, 0, "Are you there?\n", "[no input sys.no-input-1"},
				{"an event", []string{"--event", "sys.no-match-default"}, 0, "Pardon?\n", "[no match"},
				{"a whole name of a session", []string{"--session", "projects/p/locations/l/agents/a/sessions/s", "nonsense"}, 0, "Pardon?\n", "[no match"},
				{"a page and parameters", []string{"--page", "projects/local/locations/global/agents/local/flows/flow-start/pages/page-price", "--param", "price=3", "--param", "guest=Ada", "--json"}, 0, `"guest":`, ""},
				{"a parameter with commas", []string{"--session", "c", "--param", `sizes={"a":[1,2]}`, "--json", "nonsense"}, 0, `"sizes":`, ""},
				{"a page that is not there", []string{"--page", "projects/local/locations/global/agents/local/flows/flow-start/pages/none", "x"}, exitUnusable, "", "NotFound"},
				{"a session that is no name", []string{"--session", "a/b", "x"}, exitUnusable, "", "InvalidArgument"},
				{"a parameter without a value", []string{"--param", "x", "x"}, exitUnusable, "", "NAME=VALUE"},
				{"text and event", []string{"--event", "e", "x"}, exitUnusable, "", "need one of them"},
			} {
				code, out, aside := command(t, append([]string{"detect", "--grpc", addr}, c.args...)...)
				if code != c.code || !strings.Contains(out, c.out) || !strings.Contains(aside, c.aside) {
					t.Errorf("%s: exit %d, %q and %q, want %d, %q and %q", c.reason, code, out, aside, c.code, c.out, c.aside)
				}
			}
			if code, errs := end(signal); code != 0 || !strings.Contains(errs, "session=b") {
				t.Errorf("exit %d after %v, %s", code, signal, errs)
			}
			if code, _, errs := command(t, "detect", "--grpc", addr, "--timeout", "5s", "hello"); code != exitUnusable || !strings.Contains(errs, "no agent answers at "+addr) {
				t.Errorf("detect without a server: exit %d, %q", code, errs)
			}
		})
	}
}

func TestServeNames(t *testing.T) {
	t.Parallel()
	const name = "projects/p/locations/global/agents/a"
	addr, end := served(t, "--agent", shop(t), "--grpc", ":0", "--name", name, "--quiet")
	if host, _, err := net.SplitHostPort(addr); err != nil || host != "127.0.0.1" {
		t.Errorf("an address without a host: %q, want the loopback", addr)
	}
	if code, out, errs := command(t, "detect", "--grpc", addr, "--session", name+"/sessions/1", "nonsense"); code != 0 || out != "Pardon?\n" {
		t.Errorf("the agent under its name: exit %d, %q, %s", code, out, errs)
	}
	if code, _, errs := command(t, "detect", "--grpc", addr, "hello"); code != exitUnusable || !strings.Contains(errs, "NotFound") {
		t.Errorf("the agent under another name: exit %d, %s", code, errs)
	}
	code, errs := end(syscall.SIGTERM)
	if code != 0 || strings.Contains(errs, "session") || !strings.Contains(errs, "without a mapping are unreachable: shop") || strings.Contains(errs, "warning") {
		t.Errorf("exit %d, standard error:\n%s", code, errs)
	}
}

// Other machines get in only where the address is written out, and not
// without a word.
func TestServeWarnsOfOtherMachines(t *testing.T) {
	t.Parallel()
	_, end := served(t, "--agent", shop(t), "--grpc", "0.0.0.0:0")
	if code, errs := end(os.Interrupt); code != 0 || !strings.Contains(errs, "no authentication") {
		t.Errorf("exit %d, standard error:\n%s", code, errs)
	}
}

// A signal that comes before the server has begun ends it as well as a later one.
func TestServeToldToEndAtOnce(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	for range 200 { // either of the two goroutines may be the first
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if err := serveGRPC(ctx, l, nil); err != nil {
			t.Fatal(err)
		}
	}
}

func TestServeCannotRun(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	dir := shop(t)
	for what, c := range map[string]struct {
		args []string
		says string
	}{
		"a port that is in use": {[]string{"--agent", dir, "--grpc", busy.Addr().String()}, "choose another address with --grpc"},
		"no address":            {[]string{"--agent", dir, "--grpc", "here"}, "no HOST:PORT"},
		"no agent":              {[]string{"--agent", filepath.Join(dir, "none")}, "none"},
		"no such webhook":       {[]string{"--agent", dir, "--grpc", "127.0.0.1:0", "--webhook", "bank=http://127.0.0.1:1"}, `no webhook "bank"`},
		"no name of an agent":   {[]string{"--agent", dir, "--grpc", "127.0.0.1:0", "--name", "shop"}, "projects/PROJECT"},
	} {
		if code, out, errs := command(t, append([]string{"serve"}, c.args...)...); code != exitUnusable || !strings.Contains(errs, c.says) || strings.Contains(out, "listening") {
			t.Errorf("%s: exit %d, %q, %q", what, code, out, errs)
		}
	}
}

// A turn that runs when the command is told to end still gets its answer.
func TestServeLetsTurnsEnd(t *testing.T) {
	t.Parallel()
	called, goOn := make(chan struct{}), make(chan struct{})
	url := slowWebhook(t, called, goOn)
	addr, end := served(t, "--agent", shop(t), "--grpc", "127.0.0.1:0", "--webhook", url)
	type answer struct {
		code      int
		out, errs string
	}
	answered := make(chan answer, 1)
	go func() {
		code, out, errs := command(t, "detect", "--grpc", addr, "hello")
		answered <- answer{code, out, errs}
	}()
	<-called
	ended := make(chan int, 1)
	go func() {
		code, _ := end(syscall.SIGTERM)
		ended <- code
	}()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	for { // until it takes no new connection
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", addr)
		if err != nil {
			break
		}
		conn.Close()
	}
	close(goOn)
	if a := <-answered; a.code != 0 || !strings.Contains(a.out, "late, but there") {
		t.Errorf("the turn that ran: %+v", a)
	}
	if code := <-ended; code != 0 {
		t.Errorf("exit %d", code)
	}
}
