package events

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Figures counts what happens to events, for /metrics and for health. One may
// be shared by a [Receiver] and a [WorkHandler]. It is an http.Handler that
// serves the text format of Prometheus; put it on a port of its own, or behind
// a guard. Its methods are safe for concurrent use.
//
// Labels are names of the configuration and reasons, never anything that a
// sender chooses.
//
// Source of the format: https://prometheus.io/docs/instrumenting/exposition_formats/.
type Figures struct {
	mu       sync.RWMutex
	counters map[counterKey]*atomic.Uint64
	queues   map[string]Queue
}

type counterKey struct{ metric, source, label string }

// NewFigures returns figures that are all zero.
func NewFigures() *Figures {
	return &Figures{counters: make(map[counterKey]*atomic.Uint64), queues: make(map[string]Queue)}
}

// The counters. A label is the reason of a refusal, or the handler of a job.
const (
	countReceived   = "received"
	countRefused    = "refused"
	countDuplicates = "duplicates"
	countIgnored    = "ignored"
	countUnchecked  = "unchecked"
	countQueued     = "queued"
	countProcessed  = "processed"
	countFailed     = "failed"
	countDead       = "dead"
)

// metric describes a counter. Its second label may be empty.
type metric struct{ name, help, label string }

var metrics = []metric{
	{countReceived, "Requests that reached a source.", ""},
	{countRefused, "Events that were not taken, by reason.", "reason"},
	{countDuplicates, "Events that had been taken before.", ""},
	{countIgnored, "Events that were acknowledged and dropped on purpose.", ""},
	{countUnchecked, "Events whose check for duplicates could not be made or kept.", ""},
	{countQueued, "Events that were recorded in the queue.", ""},
	{countProcessed, "Events whose handler or run ended well.", "handler"},
	{countFailed, "Deliveries whose handler failed, and runs that failed.", "handler"},
	{countDead, "Pushed jobs that were given up.", "handler"},
}

func (f *Figures) count(name, source, label string) {
	key := counterKey{name, source, label}
	f.mu.RLock()
	c := f.counters[key]
	f.mu.RUnlock()
	if c == nil {
		f.mu.Lock()
		if c = f.counters[key]; c == nil {
			c = new(atomic.Uint64)
			f.counters[key] = c
		}
		f.mu.Unlock()
	}
	c.Add(1)
}

// sum adds a counter up over the sources and labels.
func (f *Figures) sum(name string) uint64 {
	f.mu.RLock()
	defer f.mu.RUnlock()
	var n uint64
	for key, c := range f.counters {
		if key.metric == name {
			n += c.Load()
		}
	}
	return n
}

// Received is how many requests have reached a source.
func (f *Figures) Received() uint64 { return f.sum(countReceived) }

// Refused is how many of them were not taken.
func (f *Figures) Refused() uint64 { return f.sum(countRefused) }

// Duplicates is how many had been taken before.
func (f *Figures) Duplicates() uint64 { return f.sum(countDuplicates) }

// Queued is how many events were recorded.
func (f *Figures) Queued() uint64 { return f.sum(countQueued) }

// Processed is how many handlers and runs have ended well.
func (f *Figures) Processed() uint64 { return f.sum(countProcessed) }

// Buried is how many pushed jobs were given up; those of a queue are in its
// Stats.
func (f *Figures) Buried() uint64 { return f.sum(countDead) }

// ProcessedEvents gives Processed to a router's health, as in
// cx.WithHealth("processed_events", figures.ProcessedEvents).
func (f *Figures) ProcessedEvents(context.Context) (any, error) { return f.Processed(), nil }

// Watch also shows the state of a queue, under a name.
func (f *Figures) Watch(name string, q Queue) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queues[name] = q
}

// statsTime bounds the question to a queue.
const statsTime = 2 * time.Second

// ServeHTTP writes all figures.
func (f *Figures) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var b bytes.Buffer
	f.writeCounters(&b)
	f.writeQueues(r.Context(), &b)
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(b.Bytes()) // the collector asks again
}

func (f *Figures) writeCounters(b *bytes.Buffer) {
	f.mu.RLock()
	counters := make(map[counterKey]uint64, len(f.counters))
	for key, c := range f.counters {
		counters[key] = c.Load()
	}
	f.mu.RUnlock()
	keys := slices.SortedFunc(maps.Keys(counters), func(x, y counterKey) int {
		return slices.Compare([]string{x.metric, x.source, x.label}, []string{y.metric, y.source, y.label})
	})
	for _, m := range metrics {
		name := "cxhook_events_" + m.name + "_total"
		fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s counter\n", name, m.help, name)
		for _, key := range keys {
			if key.metric != m.name {
				continue
			}
			fmt.Fprintf(b, "%s{source=%s", name, labelValue(key.source))
			if m.label != "" {
				fmt.Fprintf(b, ",%s=%s", m.label, labelValue(key.label))
			}
			fmt.Fprintf(b, "} %d\n", counters[key])
		}
	}
}

func (f *Figures) writeQueues(ctx context.Context, b *bytes.Buffer) {
	f.mu.RLock()
	queues := maps.Clone(f.queues)
	f.mu.RUnlock()
	if len(queues) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, statsTime)
	defer cancel()
	const name = "cxhook_events_queue_jobs"
	fmt.Fprintf(b, "# HELP %s Jobs in a queue, by state.\n# TYPE %s gauge\n", name, name)
	for _, queue := range slices.Sorted(maps.Keys(queues)) {
		stats, err := queues[queue].Stats(ctx)
		if err != nil {
			continue // a gap is what a collector understands
		}
		for _, s := range []struct {
			state string
			n     int
		}{{"queued", stats.Queued}, {"running", stats.Running}, {"dead", stats.Dead}} {
			fmt.Fprintf(b, "%s{queue=%s,state=%s} %d\n", name, labelValue(queue), labelValue(s.state), s.n)
		}
	}
}

var labelEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func labelValue(s string) string {
	return `"` + labelEscapes.Replace(strings.ToValidUTF8(s, "\uFFFD")) + `"`
}
