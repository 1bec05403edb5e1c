package jetstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
)

// auditPeriod is how often records are looked for that no worker can get. The
// server passes over a record whose checksum is wrong without a word.
const (
	auditPeriod  = 30 * time.Second
	auditRecords = 10_000 // looked at by one audit
)

// auditor finds records that are counted and cannot be read.
type auditor struct {
	*worker
	suspects map[uint64]bool // by the audit before
	told     bool            // of records that nobody asks for
}

func (w *worker) audits(ctx context.Context) error {
	a := &auditor{worker: w}
	tick := time.NewTicker(w.auditEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		one, cancel := context.WithTimeout(ctx, w.cfg.Lease)
		err := a.audit(one)
		cancel()
		if err != nil && ctx.Err() == nil {
			w.cfg.Logger.DebugContext(ctx, "events: no audit of the queue for now", "queue", w.cfg.Name, "error", err)
		}
	}
}

// audit compares what the stream counts with what its consumers have before
// them. Records on neither side are read one by one; one that is not deleted
// and cannot be read, twice in a row, is damaged.
func (a *auditor) audit(ctx context.Context) error {
	suspects := make(map[uint64]bool)
	defer func() { a.suspects = suspects }()
	info, err := a.stream.Info(ctx, natsjs.WithDeletedDetails(true))
	if err != nil {
		return err
	}
	before, err := a.pending(ctx)
	if err != nil || info.State.Msgs <= before {
		a.told = a.told && err != nil
		return err
	}
	for i, seq := range present(&info.State) {
		if i == auditRecords {
			break
		}
		_, err := a.stream.GetMsg(ctx, seq)
		switch {
		case errors.Is(err, natsjs.ErrMsgNotFound):
			suspects[seq] = true
		case err != nil:
			return err
		}
	}
	// What was taken out of the queue meanwhile cannot be read either.
	info, err = a.stream.Info(ctx, natsjs.WithDeletedDetails(true))
	if err != nil {
		return err
	}
	still := present(&info.State)
	for seq := range suspects {
		if _, found := slices.BinarySearch(still, seq); !found {
			delete(suspects, seq)
		} else if a.suspects[seq] {
			a.buryDamaged(ctx, seq, info.Created)
		}
	}
	if len(suspects) == 0 && !a.told {
		a.told = true
		a.cfg.Logger.ErrorContext(ctx, "events: records are in the queue that no consumer delivers",
			"queue", a.cfg.Name, "records", info.State.Msgs, "delivered or to be", before)
	}
	return nil
}

// pending counts the records that consumers will deliver or have delivered.
func (a *auditor) pending(ctx context.Context) (uint64, error) {
	sum := uint64(0)
	list := a.stream.ListConsumers(ctx)
	for c := range list.Info() {
		sum += c.NumPending + uint64(c.NumAckPending)
	}
	return sum, list.Err()
}

// present returns the sequences that are not deleted, in order.
func present(s *natsjs.StreamState) []uint64 {
	var list []uint64
	if s.Msgs == 0 {
		return nil
	}
	deleted := slices.Clone(s.Deleted)
	slices.Sort(deleted)
	for seq := s.FirstSeq; seq <= s.LastSeq; seq++ {
		if len(deleted) > 0 && deleted[0] == seq {
			deleted = deleted[1:]
			continue
		}
		list = append(list, seq)
	}
	return list
}

// buryDamaged tells of a record that cannot be read, once, and leaves a letter
// without content. The server lets nobody delete such a record: it stays where
// it is, is counted as queued no more, and is told of again by the next process.
func (a *auditor) buryDamaged(ctx context.Context, seq uint64, made time.Time) {
	a.mu.Lock()
	known := a.damaged[seq]
	a.damaged[seq] = true
	a.mu.Unlock()
	if known {
		return
	}
	a.cfg.Logger.ErrorContext(ctx, "events: a recorded job is lost: its record is damaged on the device", "queue", a.cfg.Name, "record", seq)
	id := strconv.FormatUint(seq, 36) + "-" + strconv.FormatInt(made.UnixNano(), 36) // one letter, of however many processes
	letter := nats.NewMsg(a.deadStream() + "." + id)
	letter.Header.Set(reasonHeader, strconv.Quote(fmt.Sprintf("record %d is damaged on the device and cannot be read", seq)))
	letter.Header.Set(attemptsHeader, "0")
	letter.Header.Set(subjectHeader, a.freeSubject())
	if _, err := a.conn.JetStream().PublishMsg(ctx, letter); err != nil {
		a.cfg.Logger.ErrorContext(ctx, "events: no dead letter could be written", "queue", a.cfg.Name, "record", seq, "error", err)
	}
}
