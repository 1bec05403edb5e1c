package events

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// maxID bounds the id of an event, and the texts that expressions give.
const maxID = 512

// process takes a verified event.
func (r *Receiver) process(ctx context.Context, e *Event, c *call) (*Reply, error) {
	if err := e.identify(); err != nil {
		return nil, err
	}
	limit := max(r.cfg.RecordTime, e.src.longestRun())
	reply, duplicate, err := r.take(ctx, e, limit, func(ctx context.Context) (*Reply, error) { return r.work(ctx, e, c) })
	if duplicate {
		c.outcome = "duplicate"
		r.cfg.Figures.count(countDuplicates, e.Source, "")
	}
	return reply, err
}

// identify finds type and id. What is not in the payload is found without
// parsing it.
func (e *Event) identify() error {
	s := e.src
	if s.kind != nil {
		e.Type = s.kind.text(e)
	}
	switch {
	case s.cfg.IDFunc != nil:
		e.ID = s.cfg.IDFunc(e)
	case s.id != nil:
		e.ID = s.id.text(e)
	}
	if e.parsed && e.parseErr != nil {
		return e.parseErr
	}
	if len(e.ID) > maxID || len(e.Type) > maxID || !utf8.ValidString(e.ID) || !utf8.ValidString(e.Type) {
		return refuse(http.StatusBadRequest, ReasonMalformed, "id or type of the event is too long, or not UTF-8", nil)
	}
	return nil
}

func (s *source) longestRun() time.Duration {
	for i := range s.flows {
		f := &s.flows[i]
		if f.fallback != nil && f.fallback.run != "" {
			return s.cfg.RunLimit
		}
		for j := range f.branches {
			if f.branches[j].then.run != "" {
				return s.cfg.RunLimit
			}
		}
	}
	return 0
}

// work parses an event, finds its target, and records or runs it.
func (r *Receiver) work(ctx context.Context, e *Event, c *call) (*Reply, error) {
	if err := e.parse(); err != nil {
		return nil, err
	}
	if err := e.pickAll(); err != nil {
		return nil, err
	}
	f := e.src.flowFor(e.Type)
	if f == nil {
		return r.unknown(e, c)
	}
	t := f.choose(e)
	switch {
	case t.handler == "" && t.run == "":
		c.outcome = "ignored"
		r.cfg.Figures.count(countIgnored, e.Source, "")
		return t.reply, nil
	case t.run != "":
		c.outcome, c.handler = "answered", t.run
		return r.run(ctx, e, t)
	}
	job, err := e.job(t)
	if err != nil {
		return nil, err
	}
	c.outcome, c.handler = "queued", t.handler
	if err := r.record(ctx, job); err != nil {
		return nil, err
	}
	r.cfg.Figures.count(countQueued, e.Source, "")
	return t.reply, nil
}

func (r *Receiver) unknown(e *Event, c *call) (*Reply, error) {
	if e.src.cfg.Unknown == UnknownRefused {
		return nil, refuse(http.StatusNotFound, ReasonType, "not found", errors.New("no flow has the event type"))
	}
	c.outcome, c.level = "unknown type ignored", slog.LevelWarn
	r.cfg.Figures.count(countIgnored, e.Source, "")
	return &e.src.reply, nil
}

// job makes the job of an event, one that a worker can read back.
func (e *Event) job(t *target) (Job, error) {
	j := Job{
		ID: e.ID, Handler: t.handler, Source: e.Source, Tenant: e.Tenant, Type: e.Type,
		Vars: e.vars, Payload: e.Payload, Received: e.Received,
	}
	if j.Handler == "" {
		j.Handler = t.run
	}
	if j.ID == "" {
		j.ID = rand.Text() // so that effects have a name, although it is of this delivery alone
	}
	if e.src.order != nil {
		j.Order = e.src.order.text(e)
	}
	for _, name := range e.src.cfg.Headers {
		if values := e.Header.Values(name); len(values) > 0 {
			if j.Header == nil {
				j.Header = make(map[string]string)
			}
			j.Header[strings.ToLower(name)] = strings.Join(values, ", ")
		}
	}
	if t.template != nil {
		payload, err := t.template.fill(e)
		if err != nil {
			return Job{}, refuse(http.StatusRequestEntityTooLarge, ReasonTooLarge, "the event makes a job that is too large", err)
		}
		j.Payload = payload
	}
	if len(j.Order) > maxID {
		return Job{}, refuse(http.StatusBadRequest, ReasonMalformed, "the order of the event is too long", nil)
	}
	if _, err := j.toJSON(); err != nil { // whatever passes reads back to the same job
		return Job{}, refuse(http.StatusBadRequest, ReasonUnencodable, "the event cannot be recorded", err)
	}
	return j, nil
}

// record puts a job into the queue. The sender may hang up meanwhile: it will
// send again, and the event is the same.
func (r *Receiver) record(ctx context.Context, j Job) error {
	ctx, cancel := context.WithTimeout(detach(ctx, r.cfg.CredentialKeys), r.cfg.RecordTime)
	defer cancel()
	err := r.cfg.Queue.Publish(ctx, j)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrFull):
		return refuse(http.StatusServiceUnavailable, ReasonFull, "overloaded", err)
	case errors.Is(err, ErrTooLarge):
		return refuse(http.StatusRequestEntityTooLarge, ReasonTooLarge, "the event makes a job that is too large", err)
	case errors.Is(err, ErrClosed):
		return refuse(http.StatusServiceUnavailable, ReasonClosed, "shutting down", err)
	}
	return refuse(http.StatusServiceUnavailable, ReasonRecord, "the event cannot be recorded now", err)
}
