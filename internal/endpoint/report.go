package endpoint

import (
	"context"
	"errors"
	"log/slog"
)

// reportLate logs the end of a handler that was given up before.
func (e *Endpoint) reportLate(record *Call, err error) {
	var p *PanicError
	if errors.As(err, &p) {
		e.reportPanic(record, p, "webhook handler panicked after its deadline")
		return
	}
	attrs := []slog.Attr{slog.String("call", record.ID), slog.String("tag", Clean(record.Tag)), slog.Int("stuck_handlers", int(e.stuck.Load()))}
	if err != nil {
		attrs = append(attrs, slog.String("error", Clean(err.Error())))
	}
	e.cfg.Logger.LogAttrs(context.Background(), slog.LevelWarn, "webhook handler ended after its deadline", attrs...)
}

func (e *Endpoint) reportPanic(record *Call, p *PanicError, msg string) {
	e.cfg.Logger.LogAttrs(context.Background(), slog.LevelError, msg,
		slog.String("call", record.ID), slog.String("tag", Clean(record.Tag)),
		slog.String("error", Clean(p.Error())), slog.String("stack", string(p.Stack)))
}
