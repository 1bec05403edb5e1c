package events

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/internal/endpoint"
)

// leaseMargin is what a claim lasts beyond the time of the work.
const leaseMargin = 5 * time.Second

// waitTime bounds how long an event waits for the same event that came just
// before.
const waitTime = 5 * time.Second

// doneVersion marks what is kept of an event that was taken.
const doneVersion = 1

// done is what is kept of an event that was taken: the answer, and which body
// it was given to.
type done struct {
	Version int    `json:"v"`
	Body    string `json:"body"` // SHA-256
	Reply   Reply  `json:"reply"`
	Raw     []byte `json:"raw,omitempty"` // the answer's body where it is not UTF-8, which a JSON text cannot hold
}

// taking is the work on one event: it records or runs it, and makes the
// answer. Only without an error was the event taken.
type taking func(ctx context.Context) (*Reply, error)

// take does the work unless the same event was taken before, and says whether
// it was. The id is marked as taken only after the work has succeeded, so that
// a failure leaves nothing behind that a repetition would run into.
func (r *Receiver) take(ctx context.Context, e *Event, limit time.Duration, work taking) (reply *Reply, duplicate bool, err error) {
	if e.ID == "" {
		reply, err = work(ctx)
		return reply, false, err
	}
	key := once.NewKey([]byte("event"), []byte(e.Source), []byte(e.Tenant), []byte(e.ID))
	deadline, cancel := context.WithTimeout(ctx, max(waitTime, limit))
	defer cancel()
	for {
		record, err := r.begin(ctx, key, limit+leaseMargin)
		if err != nil {
			return r.takeUnchecked(ctx, e, work, err)
		}
		switch record.State {
		case once.Claimed:
			reply, err = r.takeClaimed(ctx, e, key, record.Revision, work)
			return reply, false, err
		case once.Running:
			if record, err = r.cfg.Once.Wait(deadline, key, record.Revision); err != nil {
				return nil, false, refuse(http.StatusServiceUnavailable, ReasonInProgress, "the same event is being recorded", err)
			}
		}
		switch record.State {
		case once.Done:
			reply, err = r.replay(e, record.Result)
			return reply, err == nil, err
		case once.Failed:
			return nil, false, refuse(http.StatusServiceUnavailable, ReasonInProgress, "the same event could not be recorded", errors.New("another delivery of the event failed"))
		}
		if err := deadline.Err(); err != nil {
			return nil, false, refuse(http.StatusServiceUnavailable, ReasonInProgress, "the same event is being recorded", err)
		}
	}
}

func (r *Receiver) begin(ctx context.Context, key once.Key, lease time.Duration) (once.Record, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.cfg.StoreTime) // a sender that hangs up is no store that is down
	defer cancel()
	return r.cfg.Once.Begin(ctx, key, lease)
}

// takeUnchecked is for a store that is down.
func (r *Receiver) takeUnchecked(ctx context.Context, e *Event, work taking, cause error) (*Reply, bool, error) {
	if !e.src.cfg.OnceOpen {
		return nil, false, refuse(http.StatusServiceUnavailable, ReasonStore, "the event cannot be taken now", cause)
	}
	r.unchecked(e, "event taken without the check for duplicates", cause)
	reply, err := work(ctx)
	return reply, false, err
}

func (r *Receiver) takeClaimed(ctx context.Context, e *Event, key once.Key, revision uint64, work taking) (reply *Reply, err error) {
	taken := false
	defer func() {
		if taken {
			return
		}
		// also when the work panicked
		store, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.cfg.StoreTime)
		defer cancel()
		if abandonErr := r.cfg.Once.Abandon(store, key, revision, []byte("failed")); abandonErr != nil {
			r.unchecked(e, "claim of a failed event not given back, its lease will run out", abandonErr)
		}
	}()
	reply, err = work(ctx)
	if err != nil || reply.Status >= http.StatusInternalServerError {
		return reply, err // a run that answers its own failure is tried again too
	}
	taken = true
	sum := sha256.Sum256(e.Body)
	kept := done{Version: doneVersion, Body: hex.EncodeToString(sum[:]), Reply: *reply}
	if !utf8.ValidString(reply.Body) {
		kept.Reply.Body, kept.Raw = "", []byte(reply.Body)
	}
	result, err := json.Marshal(kept)
	if err != nil {
		return nil, err
	}
	store, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.cfg.StoreTime)
	defer cancel()
	if err := r.cfg.Once.Finish(store, key, revision, result); err != nil {
		r.unchecked(e, "event taken, but its id not kept: a repetition will be taken again", err)
	}
	return reply, nil
}

// replay answers an event that was taken before.
func (r *Receiver) replay(e *Event, result []byte) (*Reply, error) {
	var d done
	if err := json.Unmarshal(result, &d); err != nil || d.Version != doneVersion {
		// It was taken, by a program of another version: what it answered is lost.
		return &e.src.reply, nil
	}
	sum := sha256.Sum256(e.Body)
	sameBody := e.src.cfg.SameBody || e.SignedID != "" && e.ID == signedPrefix+e.SignedID
	if sameBody && d.Body != hex.EncodeToString(sum[:]) {
		return nil, refuse(http.StatusBadRequest, ReasonConflict, "this id came before with another body", nil)
	}
	if d.Raw != nil {
		d.Reply.Body = string(d.Raw)
	}
	return &d.Reply, nil
}

func (r *Receiver) unchecked(e *Event, message string, cause error) {
	r.cfg.Figures.count(countUnchecked, e.Source, "")
	r.cfg.Logger.LogAttrs(context.Background(), slog.LevelWarn, message,
		slog.String("source", e.Source), slog.String("event", endpoint.Clean(e.ID)), slog.String("error", endpoint.Clean(cause.Error())))
}
