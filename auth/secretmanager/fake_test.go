package secretmanager_test

import (
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"log/slog"
	"net"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"

	smpb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
)

// project is the number that Secret Manager puts in the names it answers with.
const project = "123456789012"

// server is a Secret Manager over gRPC that holds the versions of one secret.
type server struct {
	smpb.UnimplementedSecretManagerServiceServer

	mu       sync.Mutex
	secret   string // name without project and version
	values   []string
	disabled map[int]bool
	fail     codes.Code
	badSums  int // answers to come whose checksum is wrong
	noSum    bool
	answerAs string
	hang     bool
	calls    map[string]int
}

func newServer(values ...string) *server {
	return &server{secret: "secrets/hook-key", values: values, disabled: map[int]bool{}, calls: map[string]int{}}
}

func (s *server) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *server) total() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, c := range s.calls {
		n += c
	}
	return n
}

func (s *server) AccessSecretVersion(ctx context.Context, r *smpb.AccessSecretVersionRequest) (*smpb.AccessSecretVersionResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[r.GetName()]++
	if s.hang {
		s.mu.Unlock()
		<-ctx.Done()
		s.mu.Lock()
		return nil, ctx.Err()
	}
	if s.fail != codes.OK {
		return nil, status.Error(s.fail, "the service says canary-of-the-service")
	}
	version := path.Base(r.GetName())
	n, err := strconv.Atoi(version)
	if version == "latest" || version == "prod" {
		n, err = len(s.values), nil
	}
	if err != nil || n < 1 || n > len(s.values) || !strings.Contains(r.GetName(), "/"+s.secret+"/versions/") {
		return nil, status.Error(codes.NotFound, "no such version")
	}
	if s.disabled[n] {
		return nil, status.Error(codes.FailedPrecondition, "version is in state DISABLED")
	}
	return s.answer(n), nil
}

func (s *server) answer(n int) *smpb.AccessSecretVersionResponse {
	data := []byte(s.values[n-1])
	sum := int64(crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)))
	if s.badSums > 0 {
		s.badSums--
		sum++
	}
	resp := &smpb.AccessSecretVersionResponse{
		Name:    fmt.Sprintf("projects/%s/%s/versions/%d", project, s.secret, n),
		Payload: &smpb.SecretPayload{Data: data, DataCrc32C: &sum},
	}
	if s.noSum {
		resp.Payload.DataCrc32C = nil
	}
	if s.answerAs != "" {
		resp.Name = s.answerAs
	}
	return resp
}

// onSocket serves on loopback and returns what leads a client there.
func (s *server) onSocket(t *testing.T) []option.ClientOption {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.serve(listener))
	return plainText(listener.Addr().String())
}

// inMemory serves without a socket, so that a test can run by a clock of its
// own.
func (s *server) inMemory(t *testing.T) []option.ClientOption {
	t.Helper()
	listener := bufconn.Listen(64 << 10)
	t.Cleanup(s.serve(listener))
	return append(plainText("passthrough:///memory"),
		option.WithGRPCDialOption(grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return listener.DialContext(ctx)
		})))
}

func plainText(endpoint string) []option.ClientOption {
	return []option.ClientOption{
		option.WithEndpoint(endpoint), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
}

// serve serves until stop is called.
func (s *server) serve(listener net.Listener) (stop func()) {
	srv := grpc.NewServer()
	smpb.RegisterSecretManagerServiceServer(srv, s)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(listener) // a server that does not serve fails its test
	}()
	return func() {
		srv.Stop()
		<-done
	}
}

// lines is a log that tests read while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *lines) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func value(n int) string { return fmt.Sprintf("canary-value-%d-of-the-key", n) }
