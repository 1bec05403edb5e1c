package events

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/cxhook/cxhook/internal/endpoint"
)

// call is the record of one request.
type call struct {
	id                   string
	start                time.Time
	source, tenant, kind string
	event                *Event        // nil until it is verified
	limited              *http.Request // with its bounded body, nil before
	bytes                int
	status               int
	outcome, handler     string
	reason               string
	cause                error
	level                slog.Level
}

// request returns the request whose body is bounded, or the one as it came.
func (c *call) request(req *http.Request) *http.Request {
	if c.limited != nil {
		return c.limited
	}
	return req
}

func (c *call) refused(f *refusal) {
	c.outcome, c.status, c.reason, c.cause = "refused", f.status, f.reason, f.cause
	c.level = slog.LevelWarn
	if f.status >= http.StatusInternalServerError || f.status == http.StatusRequestTimeout || f.reason == ReasonConflict {
		c.level = slog.LevelError
	}
}

// unrouted stands for the source of requests that reached none.
const unrouted = "none"

// report writes the one log record of a request. It holds no value of an event
// but its id and its type.
func (r *Receiver) report(ctx context.Context, c *call) {
	if c.reason != "" {
		source := c.source
		if source == "" {
			source = unrouted
		}
		r.cfg.Figures.count(countRefused, source, c.reason)
	}
	if !r.cfg.Logger.Enabled(ctx, c.level) {
		return
	}
	id := ""
	if c.event != nil {
		id, c.kind = c.event.ID, c.event.Type
	}
	attrs := make([]slog.Attr, 0, 12)
	attrs = append(attrs, slog.String("request_id", c.id), slog.String("outcome", c.outcome), slog.Int("status", c.status))
	for _, f := range [...]struct{ key, value string }{
		{"reason", c.reason}, {"source", c.source}, {"tenant", c.tenant}, {"type", c.kind}, {"event", id}, {"handler", c.handler},
	} {
		if f.value != "" {
			attrs = append(attrs, slog.String(f.key, endpoint.Clean(f.value)))
		}
	}
	attrs = append(attrs, slog.Int("bytes", c.bytes), slog.Duration("duration", time.Since(c.start)))
	if c.cause != nil {
		attrs = append(attrs, slog.String("cause", endpoint.Clean(c.cause.Error())))
	}
	r.cfg.Logger.LogAttrs(ctx, c.level, "event", attrs...)
}
