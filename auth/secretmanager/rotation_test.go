package secretmanager_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/auth/secretmanager"
)

// settle lets d pass, and then everything that is due come to rest.
func settle(d time.Duration) {
	time.Sleep(d) // the bubble's clock
	synctest.Wait()
}

func TestRotation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(value(1), value(2), value(3))
		var log lines
		s := open(t, secretmanager.Config{Version: latest, Logger: log.logger(), ClientOptions: srv.inMemory(t)})
		accepts(t, "version 3", s, value(3))
		srv.set(func() { srv.values = append(srv.values, value(4)) })
		settle(2 * time.Minute)
		accepts(t, "both", s, value(4), value(3))
		srv.set(func() { srv.disabled[3] = true })
		settle(2 * time.Minute)
		accepts(t, "3 disabled", s, value(4))
		srv.set(func() { srv.values = append(srv.values, value(5)) })
		settle(2 * time.Minute)
		accepts(t, "both again", s, value(5), value(4))
		settle(2 * time.Hour)
		accepts(t, "overlap over", s, value(5))
		srv.set(func() { srv.disabled[5] = true })
		settle(2 * time.Minute)
		accepts(t, "all revoked", s)
		if text := log.String(); !strings.Contains(text, "version=4") || strings.Contains(text, "canary") {
			t.Errorf("log %q", text)
		}
	})
}

func TestOutages(t *testing.T) {
	t.Parallel()
	for _, code := range []codes.Code{codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted, codes.Internal, codes.Unauthenticated} {
		t.Run(code.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := newServer(value(1))
				srv.fail = code
				var log lines
				s := open(t, secretmanager.Config{Version: latest, Logger: log.logger(), ClientOptions: srv.inMemory(t)})
				if err := s.Ready(); !errors.Is(err, auth.ErrSecretUnavailable) {
					t.Errorf("cold: %v", err)
				}
				srv.set(func() { srv.fail = codes.OK })
				settle(5 * time.Second)
				accepts(t, "up", s, value(1))
				srv.set(func() { srv.fail = code })
				settle(10 * time.Minute)
				accepts(t, "ten minutes down", s, value(1))
				if strings.Contains(log.String(), "canary") {
					t.Errorf("log %q", log.String())
				}
			})
		})
	}
	t.Run("access withdrawn", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			srv := newServer(value(1))
			s := open(t, secretmanager.Config{Version: latest, Logger: new(lines).logger(), ClientOptions: srv.inMemory(t)})
			srv.set(func() { srv.fail = codes.PermissionDenied })
			settle(12 * time.Hour)
			accepts(t, "within a day", s, value(1))
			settle(13 * time.Hour)
			accepts(t, "after a day", s)
		})
	})
}

// TestManyRequests: requests never make calls of their own, and never wait.
func TestManyRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(value(1))
		s := open(t, secretmanager.Config{Version: latest, Logger: new(lines).logger(), ClientOptions: srv.inMemory(t)})
		srv.set(func() { srv.hang = true })
		settle(67 * time.Second) // a load is on its way and hangs
		before := srv.total()
		start := time.Now()
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() { accepts(t, "during a load", s, value(1)) })
		}
		wg.Wait()
		if n, waited := srv.total()-before, time.Since(start); n != 0 || waited != 0 {
			t.Errorf("1,000 requests made %d calls and waited %v", n, waited)
		}
		srv.set(func() { srv.hang = false })
	})
}

func TestCancelledContextEndsTheLoads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(value(1))
		opts := srv.inMemory(t)
		ctx, cancel := context.WithCancel(t.Context())
		s, err := secretmanager.Open(ctx, secretmanager.Config{Version: latest, Logger: new(lines).logger(), ClientOptions: opts})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		srv.set(func() { srv.hang = true })
		settle(67 * time.Second)
		cancel() // in the middle of a load
		synctest.Wait()
		before := srv.total()
		settle(time.Hour)
		if n := srv.total() - before; n != 0 {
			t.Errorf("%d calls after the end", n)
		}
		accepts(t, "the last value stays", s, value(1))
	})
}

// TestCallersAreTheFirstToKnow: a call with a value that is newer than the
// last look makes the next look come at once.
func TestCallersAreTheFirstToKnow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(value(1))
		s := open(t, secretmanager.Config{Version: latest, Interval: time.Hour, Logger: new(lines).logger(), ClientOptions: srv.inMemory(t)})
		for name, src := range map[string]auth.SecretSource{"alone": s, "joined": auth.JoinSecrets(s, auth.FixedSecrets(value(0)))} {
			h, err := auth.NewHeader(auth.HeaderConfig{Name: "X-Key", Secrets: src})
			if err != nil {
				t.Fatal(err)
			}
			settle(time.Minute)
			next := len(srv.values) + 1
			srv.set(func() { srv.values = append(srv.values, value(next)) })
			r := &http.Request{Header: http.Header{"X-Key": {value(next)}}}
			if _, err := h.Verify(r); err == nil {
				t.Errorf("%s: accepted before it was loaded", name)
			}
			synctest.Wait()
			if _, err := h.Verify(r); err != nil {
				t.Errorf("%s: refused after the look: %v", name, err)
			}
		}
	})
}
