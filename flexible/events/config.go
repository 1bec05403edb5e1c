package events

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cxhook/cxhook/cx/once"
)

// Defaults of a [Config].
const (
	// DefaultRecordTime is how long recording one event may take.
	DefaultRecordTime = 5 * time.Second
	// DefaultStoreTime is how long one question to the store of ids may take.
	DefaultStoreTime = 150 * time.Millisecond
	// DefaultBodyTime is how long a body may take to arrive.
	DefaultBodyTime = 10 * time.Second
	// DefaultMaxBytesInUse bounds what the events in flight hold together.
	DefaultMaxBytesInUse = 64 << 20
	// DefaultMaxRuns bounds the synchronous runs in flight.
	DefaultMaxRuns = 64
)

// Config configures a [Receiver]. Sources must be set, Queue where an event
// goes to a handler, Once where one is checked for duplicates.
type Config struct {
	Sources []Source
	// Handlers and Runs are what flows name. The receiver looks at the names of
	// handlers only: a WorkHandler, here or in another process, calls them.
	Handlers map[string]HandlerFunc
	Runs     map[string]RunFunc
	// Queue records events before they are answered.
	Queue Queue
	// Once remembers the ids of events: see cx/once.
	Once once.Store
	// PublicBaseURL is the https address under which senders reach the paths.
	// It is for URLs and the log alone; nothing of a request is compared with it.
	PublicBaseURL string
	// Rate bounds what each tenant at each address may send. The zero value
	// bounds nothing.
	Rate Rate
	// RecordTime, StoreTime, BodyTime, MaxBytesInUse and MaxRuns have the
	// defaults above.
	RecordTime    time.Duration
	StoreTime     time.Duration
	BodyTime      time.Duration
	MaxBytesInUse int64
	MaxRuns       int
	// CredentialKeys lists keys of context values that the functions in Runs
	// must not see, beside those of net/http.
	CredentialKeys []any
	// Figures are counted where they are given; a WorkHandler may share them.
	Figures *Figures
	// Logger gets one record for each event. The default is slog.Default().
	Logger *slog.Logger
	// Getenv reads K_SERVICE, which Cloud Run sets. The default is os.Getenv.
	Getenv func(string) string

	origin *origin // of a configuration that was read from a file
}

// ConfigError is one mistake in a configuration. NewReceiver and the readers
// of files report all mistakes that they find, joined.
type ConfigError struct {
	// File and Line say where, in a configuration that was read from a file.
	File string
	Line int
	// Path names the field, such as sources[0].flows[1].branches[0].when.
	Path string
	Err  error
}

// Error names the place first.
func (e *ConfigError) Error() string {
	text := "events: "
	if e.Line > 0 {
		text = fmt.Sprintf("%s:%d: ", e.File, e.Line)
	}
	if e.Path != "" {
		text += e.Path + ": "
	}
	return text + e.Err.Error()
}

// Unwrap returns what is wrong there.
func (e *ConfigError) Unwrap() error { return e.Err }

// mistakes collects the errors of a configuration.
type mistakes struct{ list []error }

func (m *mistakes) add(path string, err error) {
	if err != nil {
		m.list = append(m.list, &ConfigError{Path: path, Err: err})
	}
}

func (m *mistakes) addf(path, format string, args ...any) {
	m.add(path, fmt.Errorf(format, args...))
}

// errAt returns the mistakes, with the lines of the file they stand in.
func (m *mistakes) errAt(o *origin) error {
	o.locate(m.list)
	return errors.Join(m.list...)
}

func (cfg *Config) setDefaults() {
	if cfg.RecordTime == 0 {
		cfg.RecordTime = DefaultRecordTime
	}
	if cfg.StoreTime == 0 {
		cfg.StoreTime = DefaultStoreTime
	}
	if cfg.BodyTime == 0 {
		cfg.BodyTime = DefaultBodyTime
	}
	if cfg.MaxBytesInUse == 0 {
		cfg.MaxBytesInUse = DefaultMaxBytesInUse
	}
	if cfg.MaxRuns == 0 {
		cfg.MaxRuns = DefaultMaxRuns
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Figures == nil {
		cfg.Figures = NewFigures()
	}
}
