package deferred

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/proto"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/internal/principal"
	"github.com/cxhook/cxhook/internal/repeat"
)

// Defaults of [Config].
const (
	DefaultLimit   = 2 * time.Minute
	DefaultReserve = 250 * time.Millisecond
)

// margin is what the lease of work has beyond its limit.
const margin = 5 * time.Second

// Store is where results wait: a store of package once that can be looked into.
// once.Memory and the store of package cx/once/jetstream are such.
type Store interface {
	once.Store
	// Peek returns what is known of a key, without a claim.
	Peek(ctx context.Context, key once.Key) (once.Record, error)
}

// Config configures [Answers]. A zero field means its default.
type Config struct {
	// Store holds the results. It is required, and may be that of the check
	// for repeated calls.
	Store Store
	// Limit is how long work may take, 2 minutes by default.
	Limit time.Duration
	// Reserve is the time before the deadline of a call at which it gets the
	// interim answer, 250 ms by default.
	Reserve time.Duration
	// Patience is how long a call waits for the work at most. By default it
	// waits until the Reserve.
	Patience time.Duration
	// Failed makes the answer that a session gets in place of a result when
	// work failed after its interim answer: an apology, a parameter that a
	// condition of the agent reads. By default, and where it returns nil, the
	// session gets nothing, and its next request for the work begins again.
	Failed func(ctx context.Context, err error) *cxpb.WebhookResponse
	// Logger gets the failures of late work and of the store; slog.Default()
	// by default.
	Logger *slog.Logger
}

// Answers holds the late answers of sessions. Make one with [New]. It is safe
// for concurrent use.
type Answers struct {
	cfg  Config
	work repeat.InProgress
}

// New returns an empty set of late answers. It fails without a store and for
// negative times.
func New(cfg Config) (*Answers, error) {
	if cfg.Limit == 0 {
		cfg.Limit = DefaultLimit
	}
	if cfg.Reserve == 0 {
		cfg.Reserve = DefaultReserve
	}
	switch {
	case cfg.Store == nil:
		return nil, errors.New("deferred: late answers need a store")
	case cfg.Limit < 0 || cfg.Reserve < 0 || cfg.Patience < 0:
		return nil, fmt.Errorf("deferred: limit %v, reserve %v, patience %v: want none below 0", cfg.Limit, cfg.Reserve, cfg.Patience)
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	return &Answers{cfg: cfg}, nil
}

// Drain waits until no work is in progress. It is fit for cx.WithShutdown.
func (a *Answers) Drain(ctx context.Context) error {
	if err := a.work.Wait(ctx); err != nil {
		return fmt.Errorf("deferred: work in progress: %w", err)
	}
	return nil
}

// Handle makes a handler of work that may take longer than its call. When it
// does, the call gets the answer of interim, whose request is a copy. A call
// without a session, which could not get a result later, waits for the work
// until its deadline. While the store is down calls are answered 503 and no
// work is begun.
//
// Handle panics if a handler is nil.
func (a *Answers) Handle(name string, work, interim cx.Handler) cx.Handler {
	if work == nil || interim == nil {
		panic(fmt.Sprintf("deferred: nil handler for %q", name))
	}
	return cx.HandlerFunc(func(ctx context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		key, ok := a.box(ctx, req, name)
		if !ok {
			return work.ServeWebhook(ctx, req)
		}
		rec, err := a.claim(ctx, key, name)
		if err != nil {
			return nil, down(err)
		}
		switch rec.State {
		case once.Running:
			return interim.ServeWebhook(ctx, req)
		case once.Done:
			if resp := a.take(ctx, key, rec); resp != nil {
				return resp, nil
			}
			// Another call has it, or nobody could read it: the work begins
			// at the next call.
			return interim.ServeWebhook(ctx, req)
		case once.Claimed:
			return a.begin(ctx, req, job{key: key, revision: rec.Revision, name: name, work: work}, interim)
		}
		return nil, down(fmt.Errorf("the store says that the key is %v", rec.State))
	})
}

// Collect makes a handler that answers with the result of the name, if it is
// there, and else with the answer of otherwise.
func (a *Answers) Collect(name string, otherwise cx.Handler) cx.Handler {
	if otherwise == nil {
		panic(fmt.Sprintf("deferred: nil handler for %q", name))
	}
	return cx.HandlerFunc(func(ctx context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		if key, rec, ok := a.ready(ctx, req, name); ok {
			if resp := a.take(ctx, key, rec); resp != nil {
				return resp, nil
			}
		}
		return otherwise.ServeWebhook(ctx, req)
	})
}

// Deliver makes a handler that answers as next does, with the result of the
// name before it if it is there: its messages come first, and where both set
// the same parameter, page or field that of next counts. A result that finds no
// room in the answer, or whose call fails, waits for the next one.
func (a *Answers) Deliver(name string, next cx.Handler) cx.Handler {
	if next == nil {
		panic(fmt.Sprintf("deferred: nil handler for %q", name))
	}
	return cx.HandlerFunc(func(ctx context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		key, rec, ok := a.ready(ctx, req, name)
		own, err := next.ServeWebhook(ctx, req)
		if err != nil || !ok {
			return own, err
		}
		late, err := opened(rec)
		if err == nil && !fits(late, own) {
			return own, nil
		}
		if resp := a.take(ctx, key, rec); resp != nil {
			proto.Merge(resp, own)
			return resp, nil
		}
		return own, nil
	})
}

// box names where the results of a session are kept.
func (a *Answers) box(ctx context.Context, req *cxpb.WebhookRequest, name string) (once.Key, bool) {
	session := req.GetSessionInfo().GetSession()
	if session == "" {
		return "", false
	}
	who, _ := principal.FromContext(ctx)
	return once.NewKey([]byte("deferred 1"), []byte(who.Key()), []byte(session), []byte(name)), true
}

// ready looks for a result. A store that is down has none.
func (a *Answers) ready(ctx context.Context, req *cxpb.WebhookRequest, name string) (once.Key, once.Record, bool) {
	key, ok := a.box(ctx, req, name)
	if !ok {
		return "", once.Record{}, false
	}
	one, cancel := context.WithTimeout(ctx, once.DefaultStoreTimeout)
	defer cancel()
	rec, err := a.cfg.Store.Peek(one, key)
	if err != nil {
		a.log(slog.LevelError, "deferred: the store failed", name, err)
	}
	return key, rec, err == nil && rec.State == once.Done
}

// take takes a result out of the store, for one of all calls that try. It
// returns nil for the others.
func (a *Answers) take(ctx context.Context, key once.Key, rec once.Record) *cxpb.WebhookResponse {
	resp, err := opened(rec)
	if err != nil {
		a.log(slog.LevelWarn, "deferred: late answer ignored", "", err)
	}
	switch taken := a.cfg.Store.Abandon(ctx, key, rec.Revision, nil); {
	case errors.Is(taken, once.ErrLost):
		return nil
	case taken != nil:
		a.log(slog.LevelError, "deferred: the store failed", "", taken)
		return nil
	}
	return resp
}

func opened(rec once.Record) (*cxpb.WebhookResponse, error) {
	data, err := repeat.Open(rec.Result)
	if err != nil {
		return nil, err
	}
	resp := new(cxpb.WebhookResponse)
	if err := proto.Unmarshal(data, resp); err != nil {
		return nil, fmt.Errorf("deferred: late answer: %w", err)
	}
	return resp, nil
}

func down(err error) error {
	return cx.Errorf(http.StatusServiceUnavailable, "the webhook is unavailable").WithCause(fmt.Errorf("deferred: %w", err))
}

// log writes a line, about the work of a name if it is known. A logger that
// panics takes no result with it.
func (a *Answers) log(level slog.Level, text, name string, err error) {
	defer func() { _ = recover() }()
	a.cfg.Logger.LogAttrs(context.Background(), level, text, slog.String("name", name), slog.String("error", err.Error()))
}
