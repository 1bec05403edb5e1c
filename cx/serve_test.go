package cx_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx"
)

// running is a server under test.
type running struct {
	url    string
	addr   string
	stop   context.CancelFunc
	result chan error
	log    *logBuffer
}

// run starts cx.Serve on a free port and waits until it accepts.
func run(t *testing.T, h http.Handler, opts ...cx.ServeOption) *running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	s := &running{stop: stop, result: make(chan error, 1), log: newLogBuffer()}
	started := make(chan net.Addr, 1)
	opts = append([]cx.ServeOption{
		cx.WithAddr("127.0.0.1:0"), cx.WithServerLogger(s.log.logger()), cx.WithStarted(func(a net.Addr) { started <- a }), cx.WithDrain(0, 5*time.Second),
	}, opts...)
	go func() { s.result <- cx.Serve(ctx, h, opts...) }()
	select {
	case a := <-started:
		s.addr, s.url = a.String(), "http://"+a.String()
	case err := <-s.result:
		t.Fatalf("Serve: %v", err)
	}
	t.Cleanup(stop)
	return s
}

func (s *running) ended(t *testing.T) error {
	t.Helper()
	select {
	case err := <-s.result:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("Serve did not return within 20 s")
		return nil
	}
}

func client(t *testing.T) *http.Client {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestServeDrains(t *testing.T) {
	t.Parallel()
	inside, release := make(chan struct{}), make(chan struct{})
	r := cx.NewRouter()
	r.Handle("/webhook", cx.NewHTTPHandler(cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		close(inside)
		<-release
		return say("finished"), nil
	}), cx.WithTimeout(cx.MaxTimeout)))
	s := run(t, r, cx.WithDrain(time.Second, 20*time.Second))
	c := client(t)

	if code, body := get(t, c, s.url+"/health"); code != 200 || body != `{"status":"ok"}` {
		t.Errorf("health = %d %s, want 200 ok", code, body)
	}
	answer := make(chan *http.Response, 1)
	go func() {
		resp, err := client(t).Post(s.url+"/webhook", "application/json", strings.NewReader(requestBody("t")))
		if err != nil {
			t.Errorf("call under way at the shutdown: %v", err)
		}
		answer <- resp
	}()
	<-inside
	s.stop()
	s.log.await(t, "draining")

	// During the grace the listener still answers, and says that it is going.
	resp, err := client(t).Get(s.url + "/health")
	if err != nil {
		t.Fatalf("new connection during the grace: %v", err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable || string(body) != `{"status":"draining"}` || !resp.Close {
		t.Errorf("health while draining = %d %s, close %v; want 503 draining and Connection: close", resp.StatusCode, body, resp.Close)
	}
	close(release)
	got := <-answer
	if got == nil {
		t.Fatal("no answer")
	}
	got.Body.Close()
	if got.StatusCode != 200 {
		t.Errorf("call under way is answered %d, want 200", got.StatusCode)
	}
	if err := s.ended(t); err != nil {
		t.Errorf("Serve = %v, want nil", err)
	}
	if conn, err := net.Dial("tcp", s.addr); err == nil {
		conn.Close()
		t.Error("the port still accepts after Serve returned")
	}
}

func get(t *testing.T, c *http.Client, url string) (int, string) {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestServeCutsOffStuckCalls(t *testing.T) {
	t.Parallel()
	inside, release := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(release) })
	flushed := make(chan struct{})
	s := run(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(inside)
		<-release
	}), cx.WithDrain(0, 200*time.Millisecond), cx.WithShutdown(func(context.Context) error {
		close(flushed)
		return errors.New("disk full")
	}))
	go func() {
		resp, err := client(t).Get(s.url)
		if err == nil {
			resp.Body.Close()
			t.Error("stuck call was answered")
		}
	}()
	<-inside
	s.stop()
	<-flushed
	err := s.ended(t)
	if !errors.Is(err, cx.ErrDrain) || !strings.Contains(err.Error(), "200ms") || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("Serve = %v, want ErrDrain with its time and the failure of the shutdown function", err)
	}
}

func TestServeOnABusyPort(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	err = cx.Serve(t.Context(), http.NotFoundHandler(), cx.WithAddr(l.Addr().String()))
	if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), l.Addr().String()) {
		t.Errorf("Serve = %v, want the address and that it is in use", err)
	}
}

func TestServeWithoutACertificate(t *testing.T) {
	t.Parallel()
	err := cx.Serve(t.Context(), http.NotFoundHandler(), cx.WithAddr("127.0.0.1:0"), cx.WithTLS(&tls.Config{}), cx.WithServerLogger(newLogBuffer().logger()))
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("Serve = %v, want an error that names the certificate", err)
	}
}

func TestServeSpeaksTLS(t *testing.T) {
	t.Parallel()
	pair := httptest.NewTLSServer(http.NotFoundHandler())
	defer pair.Close()
	s := run(t, cx.NewRouter(), cx.WithTLS(&tls.Config{Certificates: pair.TLS.Certificates, MinVersion: tls.VersionTLS12}))
	c := pair.Client() // trusts the certificate of pair
	if code, body := get(t, c, "https://"+s.addr+"/health"); code != 200 || body != `{"status":"ok"}` {
		t.Errorf("health over TLS = %d %s", code, body)
	}
}

func TestServeAfterTheEnd(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := cx.Serve(ctx, http.NotFoundHandler(), cx.WithAddr("127.0.0.1:0"), cx.WithDrain(0, time.Second), cx.WithServerLogger(newLogBuffer().logger())); err != nil {
		t.Errorf("Serve with an ended context = %v, want nil at once", err)
	}
}

func TestServeWithAnUnfitPort(t *testing.T) {
	for _, port := range []string{"http", " 8080", "127.0.0.1:80", "65536", "-1"} {
		t.Setenv("PORT", port)
		if err := cx.Serve(t.Context(), http.NotFoundHandler()); err == nil || !strings.Contains(err.Error(), "PORT") || !strings.Contains(err.Error(), "65535") {
			t.Errorf("PORT %q: error %v, want one that names the variable and the bound", port, err)
		}
	}
}

// A function that does not end holds up the end no longer than the drain, and
// the others run beside it.
func TestShutdownFunctionThatHangs(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	flushed := make(chan struct{})
	s := run(t, cx.NewRouter(), cx.WithDrain(0, 300*time.Millisecond),
		cx.WithShutdown(func(context.Context) error { <-release; return nil }),
		cx.WithShutdown(func(context.Context) error { close(flushed); return nil }))
	s.stop()
	<-flushed
	if err := s.ended(t); err == nil || !strings.Contains(err.Error(), "did not end in time") {
		t.Errorf("Serve = %v, want the function that hangs", err)
	}
}

// The functions run also when the listener fails.
func TestShutdownFunctionsOfAFailedListener(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	flushed := make(chan struct{})
	s := run(t, cx.NewRouter(), cx.WithListener(l), cx.WithShutdown(func(context.Context) error { close(flushed); return nil }))
	l.Close()
	<-flushed
	if err := s.ended(t); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve = %v, want the listener's error", err)
	}
}

// Calls that come while the server drains are answered, not cut off.
func TestNoAnswerIsLostAtShutdown(t *testing.T) {
	t.Parallel()
	r := cx.NewRouter()
	r.Handle("/webhook", cx.NewHTTPHandler(echo, cx.WithLogger(newLogBuffer().logger())))
	s := run(t, r, cx.WithDrain(300*time.Millisecond, 20*time.Second))
	var wg sync.WaitGroup
	var lost, served atomic.Int64
	for range 16 {
		wg.Go(func() {
			c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			for {
				resp, err := c.Post(s.url+"/webhook", "application/json", strings.NewReader(requestBody("t")))
				if errors.Is(err, syscall.ECONNREFUSED) {
					return // the port is closed: nothing was sent
				}
				if err != nil {
					lost.Add(1)
					t.Logf("lost: %v", err)
					continue
				}
				resp.Body.Close()
				served.Add(1)
			}
		})
	}
	s.log.await(t, "serving")
	s.stop()
	if err := s.ended(t); err != nil {
		t.Errorf("Serve = %v, want nil", err)
	}
	wg.Wait()
	t.Logf("%d calls answered, %d lost", served.Load(), lost.Load())
	// A connection that the kernel had accepted and the server had not is
	// reset when the port closes; nothing in the process can answer it.
	if lost.Load() > served.Load()/20+16 {
		t.Errorf("%d of %d calls were cut off", lost.Load(), served.Load())
	}
}

// A function that panics at shutdown does not keep the calls from ending.
func TestShutdownFunctionThatPanics(t *testing.T) {
	t.Parallel()
	s := run(t, cx.NewRouter(), nil, cx.WithShutdown(func(context.Context) error { panic("boom") }))
	s.stop()
	if err := s.ended(t); err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("Serve = %v, want the panic as an error", err)
	}
}

func TestServeWithoutHandler(t *testing.T) {
	t.Parallel()
	if err := cx.Serve(t.Context(), nil); err == nil {
		t.Error("Serve(nil) = nil, want an error")
	}
}

func TestServeWhenTheListenerFails(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := run(t, http.NotFoundHandler(), cx.WithListener(l))
	l.Close()
	if err := s.ended(t); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve = %v, want the listener's error", err)
	}
}

func TestServeBoundsHeadersAndSlowPeers(t *testing.T) {
	t.Parallel()
	r := cx.NewRouter()
	r.Handle("/webhook", cx.NewHTTPHandler(echo))
	s := run(t, r)
	t.Run("header of 32 KiB", func(t *testing.T) {
		t.Parallel()
		conn := dial(t, s.addr)
		fmt.Fprintf(conn, "POST /webhook HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", strings.Repeat("x", 32<<10))
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("status = %d, want 431", resp.StatusCode)
		}
	})
	t.Run("header of 15 KiB", func(t *testing.T) {
		t.Parallel()
		conn := dial(t, s.addr)
		fmt.Fprintf(conn, "GET /health HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", strings.Repeat("x", 15<<10))
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 200 {
			t.Errorf("status = %d, want 200", resp.StatusCode)
		}
	})
	for name, text := range map[string]string{
		"nothing sent":        "",
		"header never ends":   "POST /webhook HTTP/1.1\r\nHost: x\r\nX-",
		"body of a 404 comes": "POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, s.addr)
			fmt.Fprint(conn, text)
			begin := time.Now()
			if _, err := io.ReadAll(conn); err != nil && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("server did not close: %v", err)
			}
			t.Logf("closed after %v", time.Since(begin))
		})
	}
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(25 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestServeBoundsConnections(t *testing.T) {
	t.Parallel()
	s := run(t, cx.NewRouter(), cx.WithMaxConns(1))
	first := dial(t, s.addr)
	fmt.Fprint(first, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
	if _, err := http.ReadResponse(bufio.NewReader(first), nil); err != nil {
		t.Fatal(err)
	}
	second := dial(t, s.addr)
	fmt.Fprint(second, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
	if err := second.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	var waiting net.Error
	if _, err := second.Read(make([]byte, 1)); !errors.As(err, &waiting) || !waiting.Timeout() {
		t.Errorf("second connection was served beside the first: %v", err)
	}
	first.Close()
	if err := second.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Read(make([]byte, 1)); err != nil {
		t.Errorf("second connection after the first was closed: %v", err)
	}
}

func TestHealthFields(t *testing.T) {
	t.Parallel()
	broken := true
	srv := newServer(t, cx.NewRouter(
		cx.WithHealth("processed", func(context.Context) (any, error) { return 7, nil }),
		cx.WithHealth("keys", func(context.Context) (any, error) {
			if broken {
				return nil, errors.New("no keys yet")
			}
			return "loaded", nil
		})))
	if code, body := get(t, srv.Client(), srv.URL+"/health"); code != 503 || body != `{"keys":"unavailable","processed":7,"status":"unavailable"}` {
		t.Errorf("health = %d %s", code, body)
	}
	broken = false
	srvPanic := newServer(t, cx.NewRouter(cx.WithHealth("db", func(context.Context) (any, error) { panic("secret") })))
	if code, body := get(t, srvPanic.Client(), srvPanic.URL+"/health"); code != 503 || body != `{"db":"unavailable","status":"unavailable"}` {
		t.Errorf("health = %d %s, want 503 and nothing of the panic", code, body)
	}
	if code, body := get(t, srv.Client(), srv.URL+"/health"); code != 200 || body != `{"keys":"loaded","processed":7,"status":"ok"}` {
		t.Errorf("health = %d %s", code, body)
	}
	resp, err := srv.Client().Post(srv.URL+"/health", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("POST to health is answered %d, want 404", resp.StatusCode)
	}
}

// TestServeProcess is the process that TestSignals signals.
func TestServeProcess(t *testing.T) {
	mode := os.Getenv("CXHOOK_TEST_SERVE")
	if mode == "" {
		return // the tests of this process are in TestSignals
	}
	ctx, end := context.WithCancel(t.Context())
	defer end()
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if mode == "ending" {
			end()
		}
		fmt.Println("inside")
		switch mode {
		case "stuck":
			select {}
		case "ending":
			time.Sleep(time.Second) // until the signal has come
		}
	})
	err := cx.Serve(ctx, h, cx.WithDrain(100*time.Millisecond, 30*time.Second),
		cx.WithStarted(func(a net.Addr) { fmt.Println("address", a) }))
	switch {
	case errors.Is(err, cx.ErrForced):
		os.Exit(3)
	case err != nil:
		fmt.Println(err)
		os.Exit(4)
	}
	os.Exit(0)
}

func TestSignals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, mode string
		signals    []syscall.Signal
		code       int
	}{
		{"SIGTERM drains", "idle", []syscall.Signal{syscall.SIGTERM}, 0},
		{"interrupt drains", "idle", []syscall.Signal{syscall.SIGINT}, 0},
		{"second signal stops at once", "stuck", []syscall.Signal{syscall.SIGTERM, syscall.SIGTERM}, 3},
		{"the first signal after another end only joins the drain", "ending", []syscall.Signal{syscall.SIGTERM}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestServeProcess$")
			cmd.Env = append(os.Environ(), "CXHOOK_TEST_SERVE="+tt.mode, "PORT=0")
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			log := newLogBuffer()
			cmd.Stderr = log
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			port := ""
			for port == "" && lines.Scan() {
				if addr, ok := strings.CutPrefix(lines.Text(), "address "); ok {
					_, port, _ = net.SplitHostPort(addr)
				}
			}
			go func() {
				if resp, err := client(t).Get("http://127.0.0.1:" + port); err == nil {
					resp.Body.Close()
				}
			}()
			for lines.Scan() && lines.Text() != "inside" {
			}
			for i, sig := range tt.signals {
				if i > 0 {
					log.awaitText(t, "draining")
				}
				if err := cmd.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
			}
			err = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != tt.code {
				t.Errorf("exit code %d (%v), want %d", code, err, tt.code)
			}
		})
	}
}
