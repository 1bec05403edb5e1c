package jetstream

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/cxhook/cxhook/flexible/events"
)

// The embedded server flushes one message after the other. What arrives while
// it flushes goes out as one atomic batch, which it flushes a handful of times
// in all, however large it is. Below batchMin single messages need fewer
// flushes. A server that does not flush takes single messages faster, and a
// cluster gathers them itself.
const (
	batchMin      = 8
	batchMax      = 256
	batchMaxBytes = 4 << 20
)

// Headers of an atomic batch: docs.nats.io, JetStream, headers.
const (
	batchIDHeader       = "Nats-Batch-Id"
	batchSequenceHeader = "Nats-Batch-Sequence"
	batchCommitHeader   = "Nats-Batch-Commit"
)

// batchHeaders is about what those headers add to a message, and JetStream's own.
const batchHeaders = 512

// JetStream's error codes for messages that it did not store.
const (
	codeStoreFailed      natsjs.ErrorCode = 10077 // a limit of the stream
	codeStorageExceeded  natsjs.ErrorCode = 10047 // the limit of the directory or the account
	codeNoResources      natsjs.ErrorCode = 10023
	codeStreamTooManyReq natsjs.ErrorCode = 10167
)

// committer sends messages to the stream, several at once where that is faster.
type committer struct {
	conn   *Conn
	gather bool
	queue  chan *pending
	closed chan struct{}
}

type pending struct {
	ctx  context.Context
	msg  *nats.Msg
	done chan error // buffered
}

func newCommitter(conn *Conn) *committer {
	c := &committer{conn: conn, gather: conn.Flushes(), queue: make(chan *pending, batchMax), closed: make(chan struct{})}
	go c.run()
	return c
}

// publish returns when the message is stored. After an error other than
// events.ErrFull and events.ErrTooLarge it may be.
func (c *committer) publish(ctx context.Context, msg *nats.Msg) error {
	ctx, cancel := c.untilLost(ctx)
	defer cancel()
	// Before it is one of a batch, which it would spoil.
	if limit := c.conn.NATS().MaxPayload(); limit > 0 && int64(msg.Size()+batchHeaders) > limit {
		return fmt.Errorf("%w: %d bytes, the server takes %d in one message", events.ErrTooLarge, msg.Size(), limit)
	}
	if !c.gather {
		_, err := c.conn.JetStream().PublishMsg(ctx, msg)
		return publishError(err)
	}
	p := &pending{ctx: ctx, msg: msg, done: make(chan error, 1)}
	select {
	case c.queue <- p:
	case <-ctx.Done():
		return fmt.Errorf("events/jetstream: not recorded: %w", context.Cause(ctx))
	}
	select {
	case err := <-p.done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("events/jetstream: not acknowledged, may be recorded: %w", context.Cause(ctx))
	}
}

var errLost = errors.New("the connection to JetStream was lost")

// untilLost ends the context when the connection is lost: no answer will come.
func (c *committer) untilLost(ctx context.Context) (context.Context, context.CancelFunc) {
	lost := c.conn.Lost()
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-lost:
			cancel(errLost)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// close is called when no publish runs any more.
func (c *committer) close() { close(c.queue) }

func (c *committer) run() {
	defer close(c.closed)
	for first := range c.queue {
		group := []*pending{first}
		size := first.msg.Size()
		for len(group) < batchMax && size < batchMaxBytes && len(c.queue) > 0 {
			p, ok := <-c.queue
			if !ok {
				break
			}
			group = append(group, p)
			size += p.msg.Size()
		}
		if len(group) >= batchMin {
			group = c.batch(group)
		}
		c.single(group)
	}
}

// single sends messages one by one, without waiting for one before the next.
func (c *committer) single(group []*pending) {
	var wg sync.WaitGroup
	for _, p := range group {
		wg.Go(func() {
			_, err := c.conn.JetStream().PublishMsg(p.ctx, p.msg)
			p.done <- publishError(err)
		})
	}
	wg.Wait()
}

// batch sends messages as one. It returns those that the server refused as a
// whole, because of one among them: they are to be sent one by one.
func (c *committer) batch(group []*pending) []*pending {
	id := rand.Text()
	last := group[len(group)-1]
	for i, p := range group {
		p.msg.Header.Set(batchIDHeader, id)
		p.msg.Header.Set(batchSequenceHeader, strconv.Itoa(i+1))
		if p != last {
			if err := c.conn.NATS().PublishMsg(p.msg); err != nil {
				return finish(group, publishError(err))
			}
		}
	}
	last.msg.Header.Set(batchCommitHeader, "1")
	ctx, done := context.WithTimeout(context.WithoutCancel(last.ctx), publishLimit)
	defer done()
	ctx, cancel := c.untilLost(ctx)
	defer cancel()
	answer, err := c.conn.NATS().RequestMsgWithContext(ctx, last.msg)
	if err != nil {
		return finish(group, publishError(err))
	}
	var ack struct {
		Error *natsjs.APIError `json:"error"`
		Batch string           `json:"batch"`
		Count int              `json:"count"`
	}
	if err := json.Unmarshal(answer.Data, &ack); err != nil {
		return finish(group, fmt.Errorf("events/jetstream: the answer to a batch cannot be read: %w", err))
	}
	if ack.Error == nil {
		if ack.Batch != id || ack.Count != len(group) {
			err = fmt.Errorf("events/jetstream: %d of %d jobs of a batch are acknowledged", ack.Count, len(group))
		}
		return finish(group, err)
	}
	for _, p := range group {
		for _, h := range []string{batchIDHeader, batchSequenceHeader, batchCommitHeader} {
			p.msg.Header.Del(h)
		}
	}
	return group
}

func finish(group []*pending, err error) []*pending {
	for _, p := range group {
		p.done <- err
	}
	return nil
}

// publishError tells a full queue from other failures.
func publishError(err error) error {
	if err == nil {
		return nil
	}
	var api *natsjs.APIError
	if errors.As(err, &api) {
		switch {
		case api.ErrorCode == codeStorageExceeded, api.ErrorCode == codeNoResources, api.ErrorCode == codeStreamTooManyReq,
			api.ErrorCode == codeStoreFailed && (strings.Contains(api.Description, "maximum messages") || strings.Contains(api.Description, "maximum bytes")):
			return fmt.Errorf("%w: %w", events.ErrFull, err)
		}
	}
	return fmt.Errorf("events/jetstream: not recorded, or not known to be: %w", err)
}
