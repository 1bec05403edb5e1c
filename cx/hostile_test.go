package cx_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx"
)

func TestSlowReaderIsCutOff(t *testing.T) {
	t.Parallel()
	blocked := make(chan error, 1)
	s := run(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		chunk := make([]byte, 1<<20)
		for { // more than any socket buffer holds
			if _, err := w.Write(chunk); err != nil {
				blocked <- err
				return
			}
		}
	}), cx.WithWriteTimeout(300*time.Millisecond))
	conn := dial(t, s.addr)
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	select {
	case err := <-blocked:
		t.Logf("the writer got %v", err)
	case <-time.After(20 * time.Second):
		t.Error("a client that does not read holds its connection for 20 s")
	}
}

func TestDefaultWriteTimeoutOutlastsTheLongestHandler(t *testing.T) {
	t.Parallel()
	inside := make(chan time.Time, 1)
	s := run(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		srv := r.Context().Value(http.ServerContextKey).(*http.Server)
		inside <- time.Now().Add(srv.WriteTimeout)
		if srv.ReadHeaderTimeout == 0 || srv.ReadTimeout == 0 || srv.IdleTimeout == 0 {
			t.Errorf("timeouts of the server: header %v, read %v, idle %v; want all set", srv.ReadHeaderTimeout, srv.ReadTimeout, srv.IdleTimeout)
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	resp, err := client(t).Get(s.url)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if left := time.Until(<-inside); left < cx.MaxTimeout {
		t.Errorf("write timeout is %v, the longest handler takes %v", left, cx.MaxTimeout)
	}
}

// hostileMode selects what TestHostileProcess does.
const hostileMode = "CXHOOK_TEST_HOSTILE"

// TestHostileProcess is the process that is attacked: its memory and its file
// descriptors are counted apart from those of the attacker.
func TestHostileProcess(t *testing.T) {
	mode := os.Getenv(hostileMode)
	if mode == "" {
		return // the tests of this process follow
	}
	r := cx.NewRouter()
	r.Handle("/webhook", cx.NewHTTPHandler(echo, cx.WithLogger(newLogBuffer().logger())))
	_ = cx.Serve(t.Context(), r, cx.WithServerLogger(newLogBuffer().logger()), cx.WithDrain(0, time.Second),
		cx.WithStarted(func(a net.Addr) { fmt.Println("address", a) }))
	fmt.Println("peak", peakMemory())
	os.Exit(0)
}

// peakMemory returns the largest resident size that the process had, in bytes.
func peakMemory() int64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	var kb int64
	for line := range strings.Lines(string(data)) {
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kb); n == 1 {
			break
		}
	}
	return kb << 10
}

// victim starts the process under attack.
func victim(t *testing.T, limits string) (url string, end func() []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", limits+` exec "$0" -test.run='^TestHostileProcess$'`, os.Args[0])
	cmd.Env = append(os.Environ(), hostileMode+"=1", "PORT=0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for url == "" && lines.Scan() {
		if addr, ok := strings.CutPrefix(lines.Text(), "address "); ok {
			_, port, _ := net.SplitHostPort(addr)
			url = "http://127.0.0.1:" + port
		}
	}
	return url, func() []string {
		_ = cmd.Process.Signal(os.Interrupt)
		var rest []string
		for lines.Scan() {
			rest = append(rest, lines.Text())
		}
		_ = cmd.Wait()
		return rest
	}
}

func TestHostileBodiesStayInMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Logf("the peak of memory is read from /proc, which %s lacks", runtime.GOOS)
		return
	}
	const clients = 50
	ceiling := int64(128 << 20)
	if raceEnabled {
		ceiling *= 8 // the detector's own memory: 5 to 10 times the program's
	}
	bodies := map[string]string{
		"too many elements":                        elements((1<<20 - 200) / 3),
		"as many as allowed":                       elements(cx.DefaultMaxElements - 10),
		"as many objects of one member as allowed": strings.ReplaceAll(elements(cx.DefaultMaxElements/2-10), "{}", `{"":1}`),
		"as many parameters as allowed":            `{"sessionInfo":{"parameters":{` + parameters(cx.DefaultMaxElements-10) + `}}}`,
		"one long text":                            `{"text":"` + strings.Repeat("x", 1<<20-200) + `"}`,
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			url, end := victim(t, "")
			var wg sync.WaitGroup
			var mu sync.Mutex
			statuses := make(map[int]int)
			for range clients {
				wg.Go(func() {
					for range 3 {
						resp, err := client(t).Post(url+"/webhook", "application/json", strings.NewReader(body))
						if err != nil {
							t.Error(err)
							return
						}
						_, _ = io.Copy(io.Discard, resp.Body)
						resp.Body.Close()
						mu.Lock()
						statuses[resp.StatusCode]++
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			ok, err := client(t).Post(url+"/webhook", "application/json", strings.NewReader(requestBody("t")))
			if err != nil || ok.StatusCode != http.StatusOK {
				t.Errorf("good request after the attack: %v %v", ok, err)
			}
			var peak int64
			for _, line := range end() {
				_, _ = fmt.Sscanf(line, "peak %d", &peak)
			}
			t.Logf("%d clients, bodies of %d bytes: statuses %v, peak memory %d MiB", clients, len(body), statuses, peak>>20)
			if peak == 0 || peak > ceiling {
				t.Errorf("peak memory is %d bytes, want at most %d", peak, ceiling)
			}
		})
	}
}

func parameters(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"%d":0`, i)
	}
	return b.String()
}

// Senders who announce large bodies and stall do not keep others out.
func TestSlowLargeBodiesDoNotBlockOthers(t *testing.T) {
	t.Parallel()
	k := newHook(t, echo)
	for range 20 {
		conn := dial(t, k.Listener.Addr().String())
		fmt.Fprint(conn, "POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1048576\r\n\r\n"+strings.Repeat(" ", 300<<10))
	}
	for range 20 {
		answered(t, k.post(t, requestBody("t")+strings.Repeat(" ", 8<<10)))
	}
}

func TestOutOfFileDescriptors(t *testing.T) {
	url, end := victim(t, "ulimit -n 40;")
	defer end()
	addr := strings.TrimPrefix(url, "http://")
	var conns []net.Conn
	for range 80 {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			break
		}
		conns = append(conns, conn)
	}
	t.Logf("%d connections held against 40 descriptors", len(conns))
	for _, c := range conns {
		c.Close()
	}
	resp, err := client(t).Post(url+"/webhook", "application/json", strings.NewReader(requestBody("t")))
	if err != nil {
		t.Fatalf("after the descriptors came back: %v", err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("after the descriptors came back: status %d, want 200", resp.StatusCode)
	}
}

func TestDeepBodyCostsLittle(t *testing.T) {
	t.Parallel()
	k := newHook(t, cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) { return nil, nil }))
	begin := time.Now()
	got := k.post(t, nested(500000))
	t.Logf("a body of 500,000 levels is answered %d after %v", got.status, time.Since(begin))
	if got.status != http.StatusBadRequest {
		t.Errorf("status = %d, want 400", got.status)
	}
}
