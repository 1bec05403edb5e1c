package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/cxhook/cxhook/flexible/events"
)

// A dead letter is the record as it was, under the subject that its DeadID ends,
// with these headers.
const (
	reasonHeader   = "Cxhook-Reason" // JSON, so that it is one line
	attemptsHeader = "Cxhook-Attempts"
	subjectHeader  = "Cxhook-Subject"
)

const maxReason = 1 << 10

var deadID = regexp.MustCompile(`^[0-9a-z]{1,16}-[0-9a-z]{1,16}$`)

type logger = *slog.Logger

// log names a record in log lines, without what it holds.
func (q *Queue) log(meta *natsjs.MsgMetadata) logger {
	return q.cfg.Logger.With("queue", q.cfg.Name, "record", meta.Sequence.Stream)
}

// bury makes a message a dead letter and takes it out of the queue. When the
// letter cannot be written the message stays and is tried again.
func (w *worker) bury(msg natsjs.Msg, meta *natsjs.MsgMetadata, job logger, reason string) {
	if len(reason) > maxReason {
		reason = strings.ToValidUTF8(reason[:maxReason], "")
	}
	text, err := json.Marshal(reason)
	if err != nil {
		text = []byte(`""`)
	}
	// The same for every attempt to bury the message, and for no other message
	// even if the stream is made anew and counts from 1 again.
	id := strconv.FormatUint(meta.Sequence.Stream, 36) + "-" + strconv.FormatInt(meta.Timestamp.UnixNano(), 36)
	letter := nats.NewMsg(w.deadStream() + "." + id)
	letter.Data = msg.Data()
	letter.Header.Set(reasonHeader, string(text))
	letter.Header.Set(attemptsHeader, strconv.FormatUint(min(meta.NumDelivered, uint64(w.cfg.Attempts)), 10))
	letter.Header.Set(subjectHeader, msg.Subject())

	ctx, cancel := context.WithTimeout(w.detached, publishLimit)
	defer cancel()
	if _, err := w.conn.JetStream().PublishMsg(ctx, letter); err != nil {
		job.Error("events: no dead letter could be written; the job stays in the queue", "error", err, "reason", reason)
		w.settle(job, "back", func(context.Context) error { return msg.NakWithDelay(w.cfg.MaxBackoff) })
		return
	}
	job.Error("events: job is dead", "dead", id, "attempts", meta.NumDelivered, "reason", reason)
	w.settle(job, "dead", func(ctx context.Context) error { return msg.DoubleAck(ctx) })
}

// Dead lists at most limit dead letters, oldest first. What cannot be read as a
// job is listed with its bytes as a JSON text in Payload.
func (q *Queue) Dead(ctx context.Context, limit int) ([]events.DeadJob, error) {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	var list []events.DeadJob
	for seq := uint64(1); len(list) < limit; seq++ {
		letter, err := q.dead.GetMsg(ctx, seq, natsjs.WithGetMsgSubject(q.deadStream()+".>"))
		if errors.Is(err, natsjs.ErrMsgNotFound) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("events/jetstream: dead letters of queue %q: %w", q.cfg.Name, err)
		}
		list = append(list, q.deadJob(letter))
		seq = letter.Sequence
	}
	return list, nil
}

func (q *Queue) deadJob(letter *natsjs.RawStreamMsg) events.DeadJob {
	d := events.DeadJob{DeadID: strings.TrimPrefix(letter.Subject, q.deadStream()+"."), Died: letter.Time}
	if json.Unmarshal(letter.Data, &d.Job) != nil {
		d.Job = events.Job{Payload: quote(letter.Data)}
	}
	d.Attempts, _ = strconv.Atoi(letter.Header.Get(attemptsHeader)) // 0 when missing
	_ = json.Unmarshal([]byte(letter.Header.Get(reasonHeader)), &d.Reason)
	return d
}

// quote returns bytes that are no job as JSON; the letter keeps them as they are.
func quote(data []byte) json.RawMessage {
	var text any = string(data)
	if !utf8.Valid(data) {
		text = data // base64
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		return nil
	}
	return quoted
}

// Retry puts a dead letter back into the queue, behind what is there, with its
// attempts forgotten. Calls for one letter within two minutes put it back once.
func (q *Queue) Retry(ctx context.Context, id string) error {
	if err := q.enter(); err != nil {
		return err
	}
	defer q.active.Done()
	if !deadID.MatchString(id) {
		return fmt.Errorf("%w: %q", events.ErrNoDeadJob, id)
	}
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	letter, err := q.dead.GetLastMsgForSubject(ctx, q.deadStream()+"."+id)
	if errors.Is(err, natsjs.ErrMsgNotFound) {
		return fmt.Errorf("%w: %q", events.ErrNoDeadJob, id)
	}
	if err != nil {
		return fmt.Errorf("events/jetstream: dead letter %q: %w", id, err)
	}
	subject := letter.Header.Get(subjectHeader)
	if job := new(events.Job); json.Unmarshal(letter.Data, job) == nil {
		subject = q.subject(job) // the lanes may be others now, and a lane without a worker keeps what it gets
	}
	msg := nats.NewMsg(subject)
	msg.Data = letter.Data
	msg.Header.Set(natsjs.MsgIDHeader, "retry-"+id)
	if err := q.commit.publish(ctx, msg); err != nil {
		return err
	}
	err = q.dead.DeleteMsg(ctx, letter.Sequence)
	if err != nil && !errors.Is(err, natsjs.ErrMsgDeleteUnsuccessful) { // another call was faster
		return fmt.Errorf("events/jetstream: dead letter %q is queued again and still listed: %w", id, err)
	}
	return nil
}
