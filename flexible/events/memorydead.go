package events

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"strconv"
	"time"

	"github.com/cxhook/cxhook/internal/endpoint"
)

// bury makes a dead letter of a job.
func (q *memoryQueue) bury(j *memoryJob, err error) {
	attrs := []slog.Attr{
		slog.String("source", j.Source), slog.String("event", endpoint.Clean(j.ID)), slog.String("handler", j.Handler),
		slog.Int("attempts", j.attempts), slog.String("error", endpoint.Clean(err.Error())),
	}
	if q.closed {
		q.lost++
		q.cfg.Logger.LogAttrs(context.Background(), slog.LevelError, "job lost: it failed while the queue in memory was closing", attrs...)
	} else {
		q.cfg.Logger.LogAttrs(context.Background(), slog.LevelError, "job is dead", attrs...)
	}
	q.deadSeq++
	q.dead = append(q.dead, DeadJob{
		Job: j.Job, DeadID: strconv.FormatUint(q.deadSeq, 10), Attempts: j.attempts,
		Reason: endpoint.Clean(err.Error()), Died: time.Now().UTC().Round(0),
	})
	q.deadSum += j.size
	for len(q.dead) > q.cfg.MaxDead || q.deadSum > q.cfg.MaxBytes && len(q.dead) > 1 {
		oldest := q.dead[0]
		q.dead = q.dead[1:]
		q.deadSum -= jobSize(&oldest.Job)
		q.cfg.Logger.LogAttrs(context.Background(), slog.LevelError, "dead job lost: there are too many",
			slog.String("source", oldest.Source), slog.String("event", endpoint.Clean(oldest.ID)), slog.String("handler", oldest.Handler))
	}
}

// Stats implements Queue.
func (q *memoryQueue) Stats(context.Context) (Stats, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return Stats{Queued: q.queued, Running: q.running, Dead: len(q.dead), Done: q.done}, nil
}

// Dead implements Queue.
func (q *memoryQueue) Dead(_ context.Context, limit int) ([]DeadJob, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	list := make([]DeadJob, 0, min(max(limit, 0), len(q.dead)))
	for _, d := range q.dead[:cap(list)] {
		d.Job = cloneJob(d.Job)
		list = append(list, d)
	}
	return list, nil
}

// Retry implements Queue.
func (q *memoryQueue) Retry(_ context.Context, deadID string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, d := range q.dead {
		if d.DeadID != deadID {
			continue
		}
		j := &memoryJob{Job: d.Job, size: jobSize(&d.Job)}
		if err := q.admit(j); err != nil {
			return err
		}
		q.dead = append(q.dead[:i:i], q.dead[i+1:]...)
		q.deadSum -= j.size
		return nil
	}
	return ErrNoDeadJob
}

// Close implements Queue. Its error says how many jobs are lost.
func (q *memoryQueue) Close(ctx context.Context) error {
	q.mu.Lock()
	q.closed = true
	for j, timer := range q.backoff {
		timer.Stop()
		delete(q.backoff, j)
		q.push(j)
	}
	q.checkDrained()
	q.mu.Unlock()
	select {
	case <-q.drained:
	case <-ctx.Done():
		q.cutNow()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if left := q.queued + q.running + q.lost; left > 0 {
		return fmt.Errorf("events: the queue in memory lost %d jobs at its end, %d of them under way", left, q.running)
	}
	return nil
}

// cloneJob gives away a job that may be changed.
func cloneJob(j Job) Job {
	j.Vars = maps.Clone(j.Vars)
	for name, value := range j.Vars {
		j.Vars[name] = bytes.Clone(value)
	}
	j.Header = maps.Clone(j.Header)
	j.Payload = json.RawMessage(bytes.Clone(j.Payload))
	return j
}
