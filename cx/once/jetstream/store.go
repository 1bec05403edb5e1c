package jetstream

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/internal/jetstream"
)

// Config says where JetStream is: a directory of this process or a cluster.
// It is the same type for every store in JetStream.
type Config = jetstream.Config

// Conn is an open JetStream, which stores and queues share: a directory can be
// opened once.
type Conn = jetstream.Conn

// Open starts the embedded server or connects to the cluster, and returns when
// it answers. Close ends it; what uses it comes first.
func Open(ctx context.Context, cfg Config) (*Conn, error) {
	return jetstream.Open(ctx, cfg)
}

// Defaults of [StoreConfig].
const (
	DefaultName  = "once"
	DefaultBytes = 256 << 20
)

// StoreConfig configures a [Store]. A zero field means its default.
type StoreConfig struct {
	// Name names the bucket: letters, digits, - and _. Stores of one name
	// share their keys. The default is "once".
	Name string
	// Age is how long a result is kept, by the server's clock; 10 minutes by
	// default, 1 second at least.
	Age time.Duration
	// Bytes is how much the bucket may take; 256 MiB by default. The server
	// sets them aside. When they are used up Begin and Finish fail with
	// [once.ErrFull] until results have reached their age.
	Bytes int64
}

var bucketName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Times of markers: of what became of a claim, for those that wait, and of
// what the server itself has taken away.
const (
	failureLife = 30 * time.Second
	markerLife  = time.Minute
)

// retryPause is the time before a key that changed meanwhile is looked at
// again.
const retryPause = 5 * time.Millisecond

// Store is a [once.Store] in JetStream. Make one with [New]. It is safe for
// concurrent use.
type Store struct {
	js     natsjs.JetStream
	kv     natsjs.KeyValue
	stream natsjs.Stream
	prefix string // of the subjects of keys
}

var _ once.Store = (*Store)(nil)

// New returns the store of the given name, whose bucket it makes if it is not
// there. It waits for a cluster that is electing, at most 30 seconds. The Conn
// stays the caller's to close.
func New(ctx context.Context, conn *Conn, cfg StoreConfig) (*Store, error) {
	if cfg.Name == "" {
		cfg.Name = DefaultName
	}
	if cfg.Age == 0 {
		cfg.Age = once.DefaultAge
	}
	if cfg.Bytes == 0 {
		cfg.Bytes = DefaultBytes
	}
	switch {
	case conn == nil:
		return nil, errors.New("once/jetstream: no connection")
	case !bucketName.MatchString(cfg.Name):
		return nil, fmt.Errorf("once/jetstream: store name %q, want 1 to 64 letters, digits, - and _", cfg.Name)
	case cfg.Age < time.Second:
		return nil, fmt.Errorf("once/jetstream: results kept for %v, need at least 1s", cfg.Age)
	case cfg.Bytes < 128<<10:
		return nil, fmt.Errorf("once/jetstream: store of %d bytes, need at least %d", cfg.Bytes, 128<<10)
	}
	s := &Store{js: conn.JetStream(), prefix: "$KV." + cfg.Name + "."}
	var err error
	s.kv, err = conn.EnsureKeyValue(ctx, natsjs.KeyValueConfig{
		Bucket: cfg.Name, Description: "claims and results of repeated calls",
		TTL: cfg.Age, MaxBytes: cfg.Bytes, LimitMarkerTTL: markerLife,
	})
	if err != nil {
		return nil, fmt.Errorf("once/jetstream: bucket %q: %w", cfg.Name, err)
	}
	err = jetstream.Settle(ctx, func(ctx context.Context) (err error) {
		s.stream, err = s.js.Stream(ctx, "KV_"+cfg.Name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("once/jetstream: bucket %q: %w", cfg.Name, err)
	}
	return s, nil
}

// Begin implements [once.Store].
func (s *Store) Begin(ctx context.Context, key once.Key, lease time.Duration) (once.Record, error) {
	claim := record{state: once.Running, lease: lease}
	// The server ends leases in whole seconds, and rather late. That cleans
	// up; whether a lease has ended is seen below.
	life := max(time.Second, (lease + time.Second - 1).Truncate(time.Second))
	for free := uint64(0); ; {
		revision, err := s.put(ctx, key, claim, free, life)
		if err == nil {
			return once.Record{State: once.Claimed, Revision: revision}, nil
		}
		if !errors.Is(err, once.ErrLost) {
			return once.Record{}, err
		}
		now, err := s.latest(ctx, key)
		if err == nil && now.state == once.Running {
			var left time.Duration
			if left, err = s.left(ctx, now); left <= 0 {
				now.state = once.Free
			}
		}
		switch {
		case err != nil:
			return once.Record{}, err
		case now.state == once.Running || now.state == once.Done:
			return once.Record{State: now.state, Revision: now.claim, Result: now.data}, nil
		case now.sequence == free: // a copy that lags behind has told the same again
			if err := pause(ctx); err != nil {
				return once.Record{}, err
			}
		}
		free = now.sequence
	}
}

// left returns how much of a running claim's lease is left, by the clock of the
// server that leads the bucket.
func (s *Store) left(ctx context.Context, claim record) (time.Duration, error) {
	info, err := s.stream.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("once/jetstream: %w", err)
	}
	return claim.lease - info.TimeStamp.Sub(claim.written), nil
}

// Finish implements [once.Store].
func (s *Store) Finish(ctx context.Context, key once.Key, revision uint64, result []byte) error {
	return s.replace(ctx, key, record{state: once.Done, claim: revision, data: result}, 0)
}

// Abandon implements [once.Store].
func (s *Store) Abandon(ctx context.Context, key once.Key, revision uint64, failure []byte) error {
	over := record{state: once.Free, claim: revision}
	if failure != nil {
		over.state, over.data = once.Failed, failure
	}
	return s.replace(ctx, key, over, failureLife)
}

// replace puts what became of a claim in its place.
func (s *Store) replace(ctx context.Context, key once.Key, with record, life time.Duration) error {
	for at := with.claim; ; {
		_, err := s.put(ctx, key, with, at, life)
		if !errors.Is(err, once.ErrLost) {
			return err
		}
		now, err := s.latest(ctx, key)
		switch {
		case err != nil:
			return err
		case now.claim != with.claim:
			return once.ErrLost
		case now.state == once.Done && with.state == once.Done:
			return nil // by a former offer, whose answer was lost
		case now.state == once.Done && now.sequence != at:
			at = now.sequence // the result is taken out
		case now.state == once.Running || now.state == once.Done: // a copy that lags behind
			if err := pause(ctx); err != nil {
				return err
			}
		default:
			return once.ErrLost
		}
	}
}

// put writes a record if the key's last one has the sequence, 0 for none, and
// returns the new one. It fails with [once.ErrLost] if another has, and with
// [once.ErrFull].
func (s *Store) put(ctx context.Context, key once.Key, r record, last uint64, life time.Duration) (uint64, error) {
	subject, err := s.subject(key)
	if err != nil {
		return 0, err
	}
	opts := []natsjs.PublishOpt{natsjs.WithExpectLastSequencePerSubject(last)}
	if life > 0 {
		opts = append(opts, natsjs.WithMsgTTL(life))
	}
	ack, err := s.js.PublishMsg(ctx, &nats.Msg{Subject: subject, Header: nats.Header{}, Data: r.encode()}, opts...)
	if err == nil {
		return ack.Sequence, nil
	}
	var api *natsjs.APIError
	if errors.As(err, &api) {
		switch api.ErrorCode {
		case natsjs.JSErrCodeStreamWrongLastSequence, natsjs.JSErrCodeStreamWrongLastSequenceConstant:
			return 0, once.ErrLost
		case storeFailed, noStorage, noMemory:
			return 0, fmt.Errorf("%w: %w", once.ErrFull, err)
		}
	}
	return 0, fmt.Errorf("once/jetstream: %w", err)
}

// Codes of JetStream for a store that takes no more: the bucket's bound, the
// server's.
const (
	storeFailed natsjs.ErrorCode = 10077
	noStorage   natsjs.ErrorCode = 10047
	noMemory    natsjs.ErrorCode = 10028
)

// subject returns where a key is kept. What is not a key could be a pattern.
func (s *Store) subject(key once.Key) (string, error) {
	const digits = 64
	valid := len(key) == digits
	for i := 0; valid && i < digits; i++ {
		c := key[i]
		valid = '0' <= c && c <= '9' || 'a' <= c && c <= 'f'
	}
	if !valid {
		return "", fmt.Errorf("once/jetstream: key of %d bytes, want the %d hexadecimal digits of once.NewKey", len(key), digits)
	}
	return s.prefix + string(key), nil
}

// latest returns what a key holds, Free if nothing.
func (s *Store) latest(ctx context.Context, key once.Key) (record, error) {
	subject, err := s.subject(key)
	if err != nil {
		return record{}, err
	}
	msg, err := s.stream.GetLastMsgForSubject(ctx, subject)
	switch {
	case errors.Is(err, natsjs.ErrMsgNotFound):
		return record{state: once.Free}, nil
	case err != nil:
		return record{}, fmt.Errorf("once/jetstream: %w", err)
	}
	marker := msg.Header.Get(natsjs.MarkerReasonHeader) != "" || msg.Header.Get("KV-Operation") != ""
	return decode(msg.Data, msg.Sequence, msg.Time, marker)
}

// pause waits a moment.
func pause(ctx context.Context) error {
	t := time.NewTimer(retryPause)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("once/jetstream: %w", ctx.Err())
	}
}
