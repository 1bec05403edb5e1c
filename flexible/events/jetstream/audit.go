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

// Records can be left behind by the consumers: one whose checksum is wrong, which
// the server passes over without a word, and one whose consumer has gone past it
// while the stream has it still, after a crash. They are looked for.
const (
	auditPeriod  = 10 * time.Second
	auditRecords = 200 // looked at by one audit; the next one goes on behind them
)

// auditor finds records that are counted and delivered to nobody.
type auditor struct {
	*worker
	suspects map[uint64]bool // by the audit before
	cursor   uint64          // looked at last
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
		one, cancel := context.WithTimeout(ctx, requestLimit)
		err := a.audit(one)
		cancel()
		if err != nil && ctx.Err() == nil {
			w.cfg.Logger.DebugContext(ctx, "events: no audit of the queue for now", "queue", w.cfg.Name, "error", err)
		}
	}
}

// audit compares what the stream counts with what its consumers have before
// them. If there is more, the records that consumers have gone past are read,
// one by one. What is suspect twice in a row is dealt with.
func (a *auditor) audit(ctx context.Context) error {
	info, err := a.stream.Info(ctx)
	if err != nil {
		return err
	}
	floors, pending, err := a.consumers(ctx)
	if err != nil {
		return err
	}
	before := a.suspects
	a.suspects = make(map[uint64]bool)
	if info.State.Msgs <= pending {
		return nil
	}
	passed := uint64(0)
	for _, floor := range floors {
		passed = max(passed, floor)
	}
	list, err := a.present(ctx, passed, before)
	if err != nil {
		return err
	}
	for _, seq := range list {
		msg, err := a.stream.GetMsg(ctx, seq)
		damaged := errors.Is(err, natsjs.ErrMsgNotFound)
		switch {
		case err != nil && !damaged:
			return err
		case !damaged && floors[msg.Subject] < seq: // its consumer will come to it
			continue
		case !before[seq]:
			a.suspects[seq] = true
		case damaged:
			err = a.buryDamaged(ctx, seq, info.Created)
		default:
			err = a.repeat(ctx, msg, info.Created)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// consumers returns up to where the consumer of each subject is done, and how
// many records they all have before them or with workers.
func (a *auditor) consumers(ctx context.Context) (floors map[string]uint64, pending uint64, err error) {
	floors = make(map[string]uint64)
	list := a.stream.ListConsumers(ctx)
	for c := range list.Info() {
		pending += c.NumPending + uint64(c.NumAckPending)
		floors[c.Config.FilterSubject] = c.AckFloor.Stream
	}
	return floors, pending, list.Err()
}

// present returns records that are not deleted, up to the given one: the
// suspects, and those behind what it returned last. Then it begins again.
func (a *auditor) present(ctx context.Context, upTo uint64, suspects map[uint64]bool) ([]uint64, error) {
	info, err := a.stream.Info(ctx, natsjs.WithDeletedDetails(true))
	if err != nil {
		return nil, err
	}
	s := info.State
	if s.Msgs == 0 {
		return nil, nil
	}
	slices.Sort(s.Deleted)
	var list []uint64
	for seq := s.FirstSeq; seq <= min(s.LastSeq, upTo); seq++ {
		if _, deleted := slices.BinarySearch(s.Deleted, seq); !deleted && (seq > a.cursor || suspects[seq]) {
			list = append(list, seq)
		}
		if len(list) == auditRecords {
			break
		}
	}
	if len(list) < auditRecords {
		a.cursor = 0
	} else {
		a.cursor = list[len(list)-1]
	}
	return list, nil
}

// repeat records a job again that its consumer has gone past, and removes the
// old record. Whether it was done is unknown, so it may run a second time.
func (a *auditor) repeat(ctx context.Context, msg *natsjs.RawStreamMsg, made time.Time) error {
	a.cfg.Logger.WarnContext(ctx, "events: a job is delivered again, whose end a crash has left open", "queue", a.cfg.Name, "record", msg.Sequence)
	again := nats.NewMsg(msg.Subject)
	again.Data = msg.Data
	// Several instances may find the record at the same time.
	again.Header.Set(natsjs.MsgIDHeader, "again-"+recordID(msg.Sequence, made))
	if _, err := a.conn.JetStream().PublishMsg(ctx, again); err != nil {
		return err
	}
	err := a.stream.DeleteMsg(ctx, msg.Sequence)
	if errors.Is(err, natsjs.ErrMsgDeleteUnsuccessful) { // another instance was faster
		return nil
	}
	return err
}

// recordID names a record over all streams that had the name of this one.
func recordID(seq uint64, made time.Time) string {
	return strconv.FormatUint(seq, 36) + "-" + strconv.FormatInt(made.UnixNano(), 36)
}

// buryDamaged tells of a record that cannot be read, once, and leaves a letter
// without content. The server lets nobody delete such a record: it stays where
// it is, is counted as queued no more, and is told of again by the next process.
func (a *auditor) buryDamaged(ctx context.Context, seq uint64, made time.Time) error {
	a.mu.Lock()
	known := a.damaged[seq]
	a.mu.Unlock()
	if known {
		return nil
	}
	// It may have been taken out of the queue since its list was made.
	info, err := a.stream.Info(ctx, natsjs.WithDeletedDetails(true))
	if err != nil || seq < info.State.FirstSeq || slices.Contains(info.State.Deleted, seq) {
		return err
	}
	a.cfg.Logger.ErrorContext(ctx, "events: a recorded job is lost: its record is damaged on the device", "queue", a.cfg.Name, "record", seq)
	letter := nats.NewMsg(a.deadStream() + "." + recordID(seq, made))
	letter.Header.Set(reasonHeader, strconv.Quote(fmt.Sprintf("record %d is damaged on the device and cannot be read", seq)))
	letter.Header.Set(attemptsHeader, "0")
	letter.Header.Set(subjectHeader, a.freeSubject())
	if _, err := a.conn.JetStream().PublishMsg(ctx, letter); err != nil {
		return err
	}
	a.mu.Lock()
	a.damaged[seq] = true
	a.mu.Unlock()
	return nil
}
