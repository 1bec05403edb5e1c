package endpoint

import (
	"context"
	"log/slog"
	"time"
)

// reportLate logs the end of a handler that was given up before. One that ends
// before the end of its own time was given up by its caller.
func (e *Endpoint) reportLate(record *Call, out *outcome, end time.Time) {
	if p := panicOf(out.err); p != nil {
		e.reportPanic(record, p, "webhook handler panicked after its deadline")
		return
	}
	level, msg := slog.LevelWarn, "webhook handler ended after its deadline"
	if time.Now().Before(end) {
		level, msg = slog.LevelInfo, "webhook handler ended after its call"
	}
	attrs := []slog.Attr{slog.String("call", record.ID), slog.String("tag", Clean(record.Tag)), slog.Int("stuck_handlers", int(e.stuck.Load()))}
	if out.once != "" {
		attrs = append(attrs, slog.String("once", string(out.once)))
	}
	if out.err != nil {
		attrs = append(attrs, slog.String("error", Clean(out.err.Error())))
	}
	e.cfg.Logger.LogAttrs(context.Background(), level, msg, attrs...)
}

func (e *Endpoint) reportPanic(record *Call, p *PanicError, msg string) {
	e.cfg.Logger.LogAttrs(context.Background(), slog.LevelError, msg,
		slog.String("call", record.ID), slog.String("tag", Clean(record.Tag)),
		slog.String("error", Clean(p.Error())), slog.String("stack", string(p.Stack)))
}
