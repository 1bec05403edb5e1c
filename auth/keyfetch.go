package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/cxhook/cxhook/internal/jose"
)

// maxKeySetBytes bounds the answer of a key server.
const maxKeySetBytes = 1 << 20

// start begins a fetch, unless one is under way or wanted does not say so any
// more once it is this caller's turn. The channel yields when it has ended.
func (s *KeySet) start(why EventName, wanted func(keyState, time.Time) bool) <-chan singleflight.Result {
	return s.flight.DoChan("", func() (any, error) {
		now := s.cfg.Now()
		s.mu.Lock()
		begin := wanted(s.state, now)
		if begin {
			s.state.tried, s.state.running = now, true
		}
		s.mu.Unlock()
		if begin {
			defer s.recovered()
			s.cfg.Observe.report(why, schemeKeys, s.cfg.URL)
			s.fetch(now)
		}
		return nil, nil
	})
}

// recovered makes a failed fetch of a panic in one of the parts that the
// program has brought: its transport, observer or logger. On this goroutine
// the panic would end the process.
func (s *KeySet) recovered() {
	if recover() == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.running {
		s.state.fails++
		s.state.err, s.state.running = errPanic, false
	}
}

// errPanic reports a panic in a part that the program has brought.
var errPanic = errors.New("a transport, token source, observer or logger panicked")

// join begins or joins a fetch and waits for its end, or for that of ctx.
func (s *KeySet) join(ctx context.Context, why EventName, wanted func(keyState, time.Time) bool) {
	if !wanted(s.snapshot(), s.cfg.Now()) {
		return
	}
	select {
	case <-s.start(why, wanted):
	case <-ctx.Done():
	}
}

// fetch gets the keys and puts them in place of the old ones if they are good.
func (s *KeySet) fetch(now time.Time) {
	ctx, cancel := context.WithTimeout(s.ctx, s.cfg.Timeout)
	defer cancel()
	keys, age, skipped, err := s.get(ctx)
	if err == nil && len(skipped) > 0 {
		s.log(ctx, slog.LevelInfo, "keys of an issuer skipped", errors.Join(skipped...))
	}
	s.mu.Lock()
	if err == nil {
		s.state = keyState{keys: keys, age: age, fetched: now, tried: now}
	} else {
		s.state.fails++
		s.state.err, s.state.running = err, false
	}
	s.mu.Unlock()
	if err != nil {
		s.cfg.Observe.report(EventKeyFetchFailed, schemeKeys, s.cfg.URL)
		s.log(ctx, slog.LevelError, "keys of an issuer cannot be fetched", err)
	}
}

func (s *KeySet) log(ctx context.Context, level slog.Level, msg string, err error) {
	s.cfg.Logger.LogAttrs(ctx, level, msg, slog.String("url", s.cfg.URL), slog.String("why", logText(err)))
}

func (s *KeySet) get(ctx context.Context) (keys *jose.KeySet, age time.Duration, skipped []error, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.cfg.URL, nil)
	//backstop: the URL was parsed before
	if err != nil {
		return nil, 0, nil, err
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, 0, nil, err
	}
	body, err := readAnswer(resp, maxKeySetBytes)
	//backstop: no body is no key set
	if err != nil {
		return nil, 0, nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, 0, nil, fmt.Errorf("server answers %d", resp.StatusCode)
	}
	keys, skipped, err = jose.ParsePublicKeys(body)
	return keys, keyAge(resp.Header), skipped, err
}

// keyAge returns how long an answer is fresh by its Cache-Control and Age,
// within the bounds of this package.
func keyAge(h http.Header) time.Duration {
	age := DefaultKeyAge
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-store", "no-cache":
			return MinKeyAge
		case "max-age":
			age = seconds(strings.Trim(value, `"`))
		}
	}
	age -= seconds(h.Get("Age"))
	return min(max(age, MinKeyAge), MaxKeyAge)
}

// seconds reads a number of seconds, 0 if it is none, and no more than a year.
func seconds(s string) time.Duration {
	n, _ := strconv.ParseUint(s, 10, 64) // 0 or the largest on an error
	return time.Duration(min(n, 365*24*3600)) * time.Second
}

// outbound returns a client that follows no redirects and keeps no cookies, so
// that what it sends stays with the configured host. A nil c means the default
// transport.
func outbound(c *http.Client) *http.Client {
	out := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if c != nil {
		out.Transport, out.Timeout = c.Transport, c.Timeout
	}
	return out
}

// errLongAnswer reports a server that sends more than it may.
var errLongAnswer = errors.New("answer is too long")

// readAnswer reads the body of resp up to limit bytes and closes it.
func readAnswer(resp *http.Response, limit int64) ([]byte, error) {
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > limit {
		return nil, errLongAnswer
	}
	return body, nil
}
