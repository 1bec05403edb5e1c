package jetstream

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/cxhook/cxhook/flexible/events"
	"github.com/cxhook/cxhook/internal/jetstream"
)

const (
	// dedupWindow is how long the server knows the id of a recorded job.
	dedupWindow = 2 * time.Minute
	// publishLimit bounds a Publish whose context sets no earlier end. A server
	// that cannot write says nothing.
	publishLimit = 5 * time.Second
	requestLimit = 5 * time.Second

	lanesKey = "cxhook-order-lanes" // in the stream's metadata
)

// Queue is an events.Queue in JetStream. Instances that name the same queue in
// the same store share its jobs. It is safe for concurrent use.
type Queue struct {
	cfg    QueueConfig
	conn   *Conn
	stream natsjs.Stream
	dead   natsjs.Stream
	commit *committer
	slots  chan struct{}

	running atomic.Int64
	done    atomic.Uint64

	mu      sync.Mutex
	closed  bool
	closing chan struct{}
	active  sync.WaitGroup // Publish and Work calls
}

var _ events.Queue = (*Queue)(nil)

// NewQueue makes the queue, or opens it if the store holds one of that name.
// Its limits become those of cfg; OrderLanes changes only while it is empty.
func NewQueue(ctx context.Context, conn *Conn, cfg QueueConfig) (*Queue, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	q := &Queue{cfg: cfg, conn: conn, slots: make(chan struct{}, cfg.Workers), closing: make(chan struct{})}
	if err := q.checkLanes(ctx); err != nil {
		return nil, err
	}
	q.stream, err = conn.EnsureStream(ctx, natsjs.StreamConfig{
		Name: cfg.Name, Subjects: []string{cfg.Name + ".>"},
		Retention: natsjs.WorkQueuePolicy, Discard: natsjs.DiscardNew, Storage: natsjs.FileStorage,
		MaxMsgs: cfg.MaxQueued, MaxBytes: cfg.MaxBytes, Duplicates: dedupWindow,
		AllowAtomicPublish: true,
		Metadata:           map[string]string{lanesKey: strconv.Itoa(cfg.OrderLanes)},
	})
	if err != nil {
		return nil, fmt.Errorf("events/jetstream: queue %q: %w", cfg.Name, err)
	}
	q.dead, err = conn.EnsureStream(ctx, natsjs.StreamConfig{
		Name: q.deadStream(), Subjects: []string{q.deadStream() + ".>"},
		Discard: natsjs.DiscardNew, Storage: natsjs.FileStorage,
		MaxMsgs: cfg.MaxDead, MaxMsgsPerSubject: 1,
	})
	if err != nil {
		return nil, fmt.Errorf("events/jetstream: dead letters of queue %q: %w", cfg.Name, err)
	}
	q.commit = newCommitter(conn, q.stream.CachedInfo().Config.AllowAtomicPublish)
	return q, nil
}

// checkLanes refuses another number of lanes while jobs wait in the old ones: a
// later job could pass an earlier one of the same order.
func (q *Queue) checkLanes(ctx context.Context) error {
	var old natsjs.Stream
	err := jetstream.Settle(ctx, func(ctx context.Context) (err error) {
		old, err = q.conn.JetStream().Stream(ctx, q.cfg.Name)
		return err
	})
	if errors.Is(err, natsjs.ErrStreamNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("events/jetstream: queue %q: %w", q.cfg.Name, err)
	}
	info := old.CachedInfo()
	if have := info.Config.Metadata[lanesKey]; have != strconv.Itoa(q.cfg.OrderLanes) && info.State.Msgs > 0 {
		return fmt.Errorf("events/jetstream: queue %q has %s order lanes and %d jobs in them, want %d lanes: let it run empty first",
			q.cfg.Name, have, info.State.Msgs, q.cfg.OrderLanes)
	}
	return nil
}

func (q *Queue) deadStream() string { return q.cfg.Name + "-dead" }

// freeSubject holds jobs without an order.
func (q *Queue) freeSubject() string { return q.cfg.Name + ".free" }

func (q *Queue) laneSubject(lane int) string { return fmt.Sprintf("%s.lane.%d", q.cfg.Name, lane) }

// subject returns where a job is recorded.
func (q *Queue) subject(job *events.Job) string {
	if job.Order == "" {
		return q.freeSubject()
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(job.Order)) // never fails, by its documentation
	return q.laneSubject(int(h.Sum64() % uint64(q.cfg.OrderLanes)))
}

// messageID is the same for two deliveries of one event to one handler.
func messageID(job *events.Job) string {
	h := sha256.New()
	for _, part := range []string{job.Source, job.Tenant, job.Handler, job.ID} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Publish records the job and returns when that is flushed to the device, or
// acknowledged by the cluster. A job without an ID is not checked for being
// recorded twice. See events.Queue for the errors.
func (q *Queue) Publish(ctx context.Context, job events.Job) error {
	if err := q.enter(); err != nil {
		return err
	}
	defer q.active.Done()
	msg := nats.NewMsg(q.subject(&job))
	var err error
	if msg.Data, err = json.Marshal(job); err != nil {
		return fmt.Errorf("events/jetstream: job cannot be recorded: %w", err)
	}
	// What cannot be read back must be refused while its sender still listens.
	if err := json.Unmarshal(msg.Data, new(events.Job)); err != nil {
		return fmt.Errorf("events/jetstream: job cannot be recorded: %w", err)
	}
	if job.ID != "" {
		msg.Header.Set(natsjs.MsgIDHeader, messageID(&job))
	}
	ctx, cancel := context.WithTimeout(ctx, publishLimit)
	defer cancel()
	return q.commit.publish(ctx, msg)
}

// enter counts a call that Close waits for.
func (q *Queue) enter() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return events.ErrClosed
	}
	q.active.Add(1)
	return nil
}

// Stats counts the jobs. Running and Done are this instance's, Queued is all
// that is recorded and not running here.
func (q *Queue) Stats(ctx context.Context) (events.Stats, error) {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	stats := events.Stats{Running: int(q.running.Load()), Done: q.done.Load()}
	jobs, err := q.stream.Info(ctx)
	if err != nil {
		return events.Stats{}, fmt.Errorf("events/jetstream: queue %q: %w", q.cfg.Name, err)
	}
	dead, err := q.dead.Info(ctx)
	if err != nil {
		return events.Stats{}, fmt.Errorf("events/jetstream: dead letters of queue %q: %w", q.cfg.Name, err)
	}
	stats.Queued = max(0, int(jobs.State.Msgs)-stats.Running)
	stats.Dead = int(dead.State.Msgs)
	return stats, nil
}

// Close stops accepting jobs and asking for them, and waits until the running
// ones have ended or ctx ends. The Conn stays open.
func (q *Queue) Close(ctx context.Context) error {
	q.mu.Lock()
	if !q.closed {
		q.closed = true
		close(q.closing)
		go func() {
			q.active.Wait()
			q.commit.close()
		}()
	}
	q.mu.Unlock()
	select {
	case <-q.commit.closed:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("events/jetstream: jobs are still running: %w", context.Cause(ctx))
	}
}
