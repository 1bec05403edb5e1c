package auth

import (
	"bytes"
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
	"golang.org/x/time/rate"

	"github.com/cxhook/cxhook/internal/jose"
)

// tokenHash stands for a token in the cache; tokens themselves are not kept.
type tokenHash = [sha256.Size]byte

// found is a good token: who it is, until when without asking again, and until
// when it is known at all.
type found struct {
	id    Identity
	until time.Time
	place *list.Element
}

// lookup asks an issuer about tokens and remembers the good ones for a while.
// Concurrent calls with one token share one lookup.
type lookup struct {
	cfg    LookupConfig
	scheme string
	url    string
	client *http.Client
	limit  *rate.Limiter
	flight singleflight.Group

	form      string // parameter that holds the token
	authorize func(*http.Request) error
	// judge decides about an answer of 200, and until when it may count at
	// most; the zero time means no limit.
	judge func(answer jose.Claims, now time.Time) (Identity, time.Time, *Refusal)
	// inactive is the status by which the issuer says that a token is bad,
	// 0 for none.
	inactive int

	mu    sync.Mutex
	good  map[tokenHash]found
	order *list.List // of tokenHash, oldest first
	pause time.Time  // before which the issuer does not want to be asked
}

func newLookup(cfg LookupConfig, scheme, url, form string) (*lookup, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if _, err := parseHTTPS(url); err != nil {
		return nil, fmt.Errorf("auth: %s: %w", scheme, err)
	}
	return &lookup{
		cfg: cfg, scheme: scheme, url: url, form: form, client: outbound(cfg.Client),
		limit: rate.NewLimiter(rate.Limit(cfg.Rate), cfg.Rate), good: map[tokenHash]found{}, order: list.New(),
	}, nil
}

// find returns whose token it is. A nil l, that of a verifier which no
// constructor has made, knows none.
func (l *lookup) find(ctx context.Context, token string) (Identity, *Refusal) {
	if l == nil {
		return Identity{}, l.down("no issuer is configured")
	}
	hash := hashOf(token)
	if id, ok := l.cached(hash); ok {
		return id, nil
	}
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Timeout)
	defer cancel()
	type outcome struct {
		id Identity
		f  *Refusal
	}
	results := l.flight.DoChan(string(hash[:]), func() (any, error) {
		id, f := l.ask(hash, token)
		return outcome{id, f}, nil
	})
	select {
	case r := <-results:
		o := r.Val.(outcome)
		if o.f != nil {
			f := *o.f // shared by the callers, who add to it
			return Identity{}, &f
		}
		return o.id, nil
	case <-ctx.Done():
		return Identity{}, l.down("no answer in time")
	}
}

// down is the refusal when the issuer cannot say.
func (l *lookup) down(why string) *Refusal {
	return Refuse(http.StatusServiceUnavailable, ReasonUnavailable, errors.New(why))
}

func (l *lookup) cached(hash tokenHash) (Identity, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.good[hash]
	return f.id, l.cfg.Now().Before(f.until)
}

// admit decides whether the issuer is asked. Tokens that were good before do
// not count against the rate, so that a flood of bad ones does not lock them
// out.
func (l *lookup) admit(hash tokenHash) *Refusal {
	now := l.cfg.Now()
	l.mu.Lock()
	_, known := l.good[hash]
	wait := now.Before(l.pause)
	l.mu.Unlock()
	switch {
	case wait:
		return l.down("the issuer asked for a pause")
	case !known && !l.limit.AllowN(now, 1):
		return l.down("too many lookups of unknown tokens")
	}
	return nil
}

// ask looks the token up, under a context of its own. A panic in one of the
// parts that the program has brought would end the process on this goroutine.
func (l *lookup) ask(hash tokenHash, token string) (id Identity, f *Refusal) {
	defer func() {
		if recover() != nil {
			id, f = Identity{}, l.down(errPanic.Error())
		}
	}()
	if id, ok := l.cached(hash); ok {
		return id, nil
	}
	if f := l.admit(hash); f != nil {
		return Identity{}, f
	}
	l.cfg.Observe.report(EventLookup, l.scheme, l.url)
	ctx, cancel := context.WithTimeout(context.Background(), l.cfg.Timeout)
	defer cancel()
	id, until, f := l.exchange(ctx, token)
	if f != nil && f.Status == http.StatusServiceUnavailable {
		l.cfg.Observe.report(EventLookupFailed, l.scheme, l.url)
		return Identity{}, f
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if f != nil {
		l.forget(hash)
		return Identity{}, f
	}
	l.remember(hash, id, until)
	return id, nil
}

func (l *lookup) remember(hash tokenHash, id Identity, until time.Time) {
	l.forget(hash)
	for len(l.good) >= maxLookupCache {
		l.forget(l.order.Front().Value.(tokenHash))
	}
	l.good[hash] = found{id: id, until: until, place: l.order.PushBack(hash)}
}

func (l *lookup) forget(hash tokenHash) {
	if f, ok := l.good[hash]; ok {
		l.order.Remove(f.place)
		delete(l.good, hash)
	}
}

// exchange is one question and its answer.
func (l *lookup) exchange(ctx context.Context, token string) (Identity, time.Time, *Refusal) {
	body := url.Values{l.form: {token}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url, strings.NewReader(body))
	//backstop: the URL was parsed before
	if err != nil {
		return Identity{}, time.Time{}, l.down("no request can be made")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	if l.authorize != nil {
		if err := l.authorize(req); err != nil {
			return Identity{}, time.Time{}, l.down("no credential for the issuer")
		}
	}
	resp, err := l.client.Do(req)
	//backstop: an answer that is missing cannot be read, which panics and is contained
	if err != nil {
		return Identity{}, time.Time{}, l.down("the issuer cannot be reached")
	}
	data, err := readAnswer(resp, maxLookupBytes)
	//backstop: no body is no answer
	if err != nil {
		return Identity{}, time.Time{}, l.down("the issuer's answer cannot be read")
	}
	if f := l.checkStatus(resp); f != nil {
		return Identity{}, time.Time{}, f
	}
	answer, err := jose.ParseClaims(data)
	switch {
	case errors.Is(err, jose.ErrDuplicate):
		return Identity{}, time.Time{}, unauthorized(ReasonClaims)
	case err != nil:
		return Identity{}, time.Time{}, l.down("the issuer's answer is not a JSON object")
	}
	now := l.cfg.Now()
	id, end, f := l.judge(answer, now)
	until := now.Add(l.cfg.TTL)
	if !end.IsZero() && end.Before(until) {
		until = end
	}
	return id, until, f
}

// checkStatus refuses answers that are not a JSON document with status 200.
func (l *lookup) checkStatus(resp *http.Response) *Refusal {
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		f := l.down(fmt.Sprintf("the issuer answers %d", code))
		f.Hint = "the issuer refuses this service's own credential"
		return f
	case l.inactive != 0 && code == l.inactive:
		return unauthorized(ReasonInactive)
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable:
		l.backOff(resp.Header.Get("Retry-After"))
		return l.down(fmt.Sprintf("the issuer answers %d", code))
	case code != http.StatusOK:
		return l.down(fmt.Sprintf("the issuer answers %d", code))
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind != "application/json" {
		return l.down("the issuer's answer is not application/json")
	}
	return nil
}

// backOff stops lookups for as long as the issuer asks, at most five minutes.
func (l *lookup) backOff(retryAfter string) {
	now := l.cfg.Now()
	var wait time.Duration
	if at, err := http.ParseTime(retryAfter); err == nil {
		wait = at.Sub(now)
	} else if n, err := strconv.ParseUint(retryAfter, 10, 31); err == nil {
		wait = time.Duration(n) * time.Second
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pause = now.Add(min(max(wait, 0), maxBackOff))
}

// isSigned reports whether a token is obviously a signed or an encrypted one,
// which is for a verifier of its own and not for another issuer's eyes: its
// first part is a JSON object, as far as its first characters tell.
func isSigned(token string) bool {
	header, _, dotted := strings.Cut(token, ".")
	start, _ := base64.RawURLEncoding.DecodeString(header[:len(header)/4*4]) // what comes before an error
	return dotted && bytes.HasPrefix(bytes.TrimLeft(start, " \t\r\n"), []byte("{"))
}
