package jetstream

import (
	"fmt"
	"log/slog"
	"sync"
)

// serverLog passes the embedded server's lines to slog and keeps what the
// server calls fatal: it goes on after such a line, half started.
type serverLog struct {
	log *slog.Logger

	mu    sync.Mutex
	fatal string
}

func (l *serverLog) Noticef(format string, v ...any) { l.log.Debug(line(format, v)) }
func (l *serverLog) Debugf(format string, v ...any)  { l.log.Debug(line(format, v)) }
func (l *serverLog) Tracef(format string, v ...any)  { l.log.Debug(line(format, v)) }
func (l *serverLog) Warnf(format string, v ...any)   { l.log.Warn(line(format, v)) }
func (l *serverLog) Errorf(format string, v ...any)  { l.log.Error(line(format, v)) }

func (l *serverLog) Fatalf(format string, v ...any) {
	text := line(format, v)
	l.mu.Lock()
	if l.fatal == "" {
		l.fatal = text
	}
	l.mu.Unlock()
	l.log.Error(text)
}

func (l *serverLog) failure() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fatal
}

func line(format string, v []any) string {
	return "jetstream server: " + fmt.Sprintf(format, v...)
}
