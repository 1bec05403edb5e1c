package jetstream_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/cxhook/cxhook/internal/jetstream"
)

// lines keeps log lines, for many goroutines.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *lines) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func open(t *testing.T, cfg jetstream.Config) *jetstream.Conn {
	t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = new(lines).logger()
	}
	conn, err := jetstream.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, conn) })
	return conn
}

func shut(t *testing.T, conn *jetstream.Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	if err := conn.Close(ctx); err != nil {
		t.Error(err)
	}
}

// freshDir is a directory that does not exist yet, so that Open makes it.
func freshDir(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "store")
}

func TestEmbeddedKeepsWhatWasAcknowledged(t *testing.T) {
	t.Parallel()
	dir := freshDir(t)
	cfg := natsjs.StreamConfig{Name: "JOBS", Subjects: []string{"jobs.>"}}
	conn := open(t, jetstream.Config{Dir: dir})
	if !conn.Embedded() {
		t.Error("Embedded = false with a directory")
	}
	if _, err := conn.EnsureStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.JetStream().Publish(t.Context(), "jobs.one", []byte("a")); err != nil {
		t.Fatal(err)
	}
	shut(t, conn)

	conn = open(t, jetstream.Config{Dir: dir})
	stream, err := conn.EnsureStream(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := stream.GetMsg(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(msg.Data); got != "a" {
		t.Errorf("message 1 = %q after a restart, want %q", got, "a")
	}
}

func TestEmbeddedDirectoryIsTheOwnersAlone(t *testing.T) {
	t.Parallel()
	dir := freshDir(t)
	open(t, jetstream.Config{Dir: dir})
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o700 && runtime.GOOS != "windows" {
		t.Errorf("directory has the mode %04o, want 0700", got)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	open755 := filepath.Join(t.TempDir(), "open")
	if err := os.Mkdir(open755, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open755, 0o755); err != nil {
		t.Fatal(err)
	}
	inUse := freshDir(t)
	open(t, jetstream.Config{Dir: inUse})
	tests := []struct {
		name, reason string
		cfg          jetstream.Config
		want         error
	}{
		{"nothing", "a store in memory must not come about by leaving a field out", jetstream.Config{}, jetstream.ErrConfig},
		{"both", "it would be unclear which one holds the data", jetstream.Config{Dir: "x", URL: "nats://h"}, jetstream.ErrConfig},
		{"six replicas", "JetStream keeps 5 at most", jetstream.Config{URL: "nats://h", Replicas: 6}, jetstream.ErrConfig},
		{"replicas in a directory", "there is one disk", jetstream.Config{Dir: "x", Replicas: 3}, jetstream.ErrConfig},
		{"negative limit", "it would mean no limit to the server", jetstream.Config{Dir: "x", MaxStore: -1}, jetstream.ErrConfig},
		{"client options without a URL", "they would be ignored", jetstream.Config{Dir: "x", Options: []nats.Option{nats.Name("n")}}, jetstream.ErrConfig},
		{"scheme", "a web address is not a server", jetstream.Config{URL: "http://h"}, jetstream.ErrConfig},
		{"no host", "there is nothing to connect to", jetstream.Config{URL: "nats://a,,nats://b"}, jetstream.ErrConfig},
		{"file", "a file cannot hold a store", jetstream.Config{Dir: file}, jetstream.ErrDir},
		{"below a file", "nothing can be made there", jetstream.Config{Dir: filepath.Join(file, "x")}, jetstream.ErrDir},
		{"open to others", "another user could read conversations or feed the queue", jetstream.Config{Dir: open755}, jetstream.ErrDir},
		{"second in one process", "two servers would write over one another", jetstream.Config{Dir: inUse}, jetstream.ErrInUse},
		{"refused", "the start must fail when the cluster is not there", jetstream.Config{URL: closedPort(t)}, jetstream.ErrConnect},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if runtime.GOOS == "windows" && test.cfg.Dir == open755 {
				t.Skip("mode bits of directories mean nothing on Windows")
			}
			_, err := jetstream.Open(t.Context(), test.cfg)
			if !errors.Is(err, test.want) {
				t.Errorf("Open = %v, want %v: %s", err, test.want, test.reason)
			}
		})
	}
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return "nats://" + l.Addr().String()
}

// The list of servers may hold passwords; they belong into no error and no log.
func TestErrorsHoldNoPassword(t *testing.T) {
	t.Parallel()
	const secret = "c4nary-secret"
	addr := strings.TrimPrefix(closedPort(t), "nats://")
	for _, url := range []string{
		"nats://user:" + secret + "@" + addr,
		"nats://user:" + secret + "@%zz",
		"http://user:" + secret + "@" + addr,
	} {
		var log lines
		_, err := jetstream.Open(t.Context(), jetstream.Config{URL: url, Logger: log.logger()})
		if err == nil {
			t.Fatal("Open succeeded")
		}
		if strings.Contains(err.Error(), secret) || strings.Contains(log.String(), secret) {
			t.Errorf("the password is told: %v\n%s", err, &log)
		}
	}
}

func TestServerWithoutJetStream(t *testing.T) {
	t.Parallel()
	_, err := jetstream.Open(t.Context(), jetstream.Config{URL: single(t, false)})
	if !errors.Is(err, jetstream.ErrNotEnabled) {
		t.Errorf("Open = %v, want ErrNotEnabled", err)
	}
}

// single starts one server of its own on a free port.
func single(t *testing.T, withJetStream bool) string {
	t.Helper()
	srv, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
		JetStream: withJetStream, StoreDir: t.TempDir(), SyncAlways: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	if !srv.ReadyForConnections(time.Minute) {
		t.Fatal("the server is not ready")
	}
	return srv.ClientURL()
}

func TestSingleServerKeepsOneCopy(t *testing.T) {
	t.Parallel()
	conn := open(t, jetstream.Config{URL: single(t, true)})
	if conn.Embedded() {
		t.Error("Embedded = true with a URL")
	}
	stream, err := conn.EnsureStream(t.Context(), natsjs.StreamConfig{Name: "S", Subjects: []string{"s"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := stream.CachedInfo().Config.Replicas; got != 1 {
		t.Errorf("%d copies on one server, want 1", got)
	}
}

func TestOpenEndsWithItsContext(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = jetstream.Open(ctx, jetstream.Config{URL: "nats://" + l.Addr().String()})
	if err == nil {
		t.Fatal("Open succeeded without a server")
	}
}

func TestCloudRunIsWarnedOnce(t *testing.T) {
	t.Setenv("K_SERVICE", "shop")
	var log lines
	conn := open(t, jetstream.Config{Dir: freshDir(t), Logger: log.logger()})
	shut(t, conn)
	if got := strings.Count(log.String(), "Cloud Run"); got != 1 {
		t.Errorf("%d warnings of Cloud Run, want 1:\n%s", got, &log)
	}
	log.mu.Lock()
	log.text.Reset()
	log.mu.Unlock()
	open(t, jetstream.Config{URL: single(t, true), Logger: log.logger()})
	if strings.Contains(log.String(), "Cloud Run") {
		t.Errorf("a cluster by URL is warned of:\n%s", &log)
	}
}
