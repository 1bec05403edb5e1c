package events

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/internal/httpio"
	"github.com/cxhook/cxhook/internal/principal"
)

// budgetWait is how long an event waits for memory before it is refused.
const budgetWait = 50 * time.Millisecond

// Receiver takes events. It is an http.Handler, for all paths of its sources.
// It is safe for concurrent use.
type Receiver struct {
	cfg     Config
	sources []*source
	limits  *limits
	budget  *httpio.Budget
	runs    atomic.Int64
}

// NewReceiver returns a receiver, or all mistakes in cfg, joined: each is a
// [*ConfigError]. It logs the URLs to register with the senders, and warns of
// routes that verify nothing and of stores that belong to one instance where
// there may be several.
func NewReceiver(cfg Config) (*Receiver, error) {
	cfg.setDefaults()
	var m mistakes
	checkTimes(&cfg, &m)
	cfg.Rate.check(&m)
	checkBaseURL(cfg.PublicBaseURL, &m)
	if len(cfg.Sources) == 0 {
		m.add("sources", errors.New("there is no source"))
	}
	largest := int64(1)
	r := &Receiver{cfg: cfg}
	for i, s := range cfg.Sources {
		c := compiler{cfg: &cfg, path: fmt.Sprintf("sources[%d]", i)}
		c.compile(s)
		m.list = append(m.list, c.list...)
		r.sources = append(r.sources, c.src)
		largest = max(largest, c.src.cfg.MaxBytes)
	}
	r.checkTogether(&m)
	if err := m.errAt(cfg.origin); err != nil {
		return nil, err
	}
	r.limits = newLimits(cfg.Rate)
	r.budget = httpio.NewBudget(max(cfg.MaxBytesInUse, largest), largest, budgetWait)
	if cfg.Queue != nil {
		cfg.Figures.Watch("events", cfg.Queue)
	}
	r.announce()
	return r, nil
}

func checkTimes(cfg *Config, m *mistakes) {
	for _, d := range []struct {
		name string
		time time.Duration
	}{{"record_time", cfg.RecordTime}, {"store_time", cfg.StoreTime}, {"body_time", cfg.BodyTime}} {
		if d.time < time.Millisecond || d.time > time.Minute {
			m.addf(d.name, "is %v, need 1ms to 1m", d.time)
		}
	}
	if cfg.MaxBytesInUse < 1 || cfg.MaxRuns < 1 {
		m.addf("max_bytes_in_use", "is %d with %d runs, need both at least 1", cfg.MaxBytesInUse, cfg.MaxRuns)
	}
}

// checkTogether holds the sources against one another.
func (r *Receiver) checkTogether(m *mistakes) {
	type owned struct {
		pattern
		source int
	}
	names := make(map[string]bool)
	var all []owned
	for i, s := range r.sources {
		if names[s.cfg.Name] {
			m.addf(fmt.Sprintf("sources[%d].name", i), "the name %q is taken", s.cfg.Name)
		}
		names[s.cfg.Name] = true
		for j, p := range s.patterns {
			for _, other := range all {
				if len(p.segments) > 0 && len(other.segments) > 0 && p.overlaps(&other.pattern) {
					m.addf(fmt.Sprintf("sources[%d].paths[%d]", i, j), "path %q takes what %q of sources[%d] takes", p.text, other.text, other.source)
				}
			}
			all = append(all, owned{p, i})
		}
	}
}

// announce logs what whoever starts the program should know.
func (r *Receiver) announce() {
	log := r.cfg.Logger
	ctx := context.Background()
	for _, u := range r.URLs() {
		log.LogAttrs(ctx, slog.LevelInfo, "events arrive at", slog.String("source", u.Source), slog.String("url", u.URL))
	}
	for _, s := range r.sources {
		if s.cfg.Verify.none() && !s.cfg.Disabled {
			log.LogAttrs(ctx, slog.LevelWarn, "events are not verified: everybody who can reach the path can send them", slog.String("source", s.cfg.Name))
		}
	}
	getenv := r.cfg.Getenv
	if getenv == nil {
		getenv = os.Getenv
	}
	if getenv("K_SERVICE") == "" {
		return
	}
	if perInstance(r.cfg.Queue) {
		log.LogAttrs(ctx, slog.LevelWarn, "the queue lives in this instance: Cloud Run takes the processor away after the answer and ends instances, which loses what is queued; use instance-based billing and a queue outside")
	}
	if perInstance(r.cfg.Once) {
		log.LogAttrs(ctx, slog.LevelWarn, "the ids of events live in this instance: another instance takes the same event again; use a store that instances share")
	}
}

// perInstance reports whether a queue or store says that it belongs to one
// process, as those in memory do.
func perInstance(v any) bool {
	if _, memory := v.(*once.Memory); memory {
		return true
	}
	p, ok := v.(interface{ PerInstance() bool })
	return ok && p.PerInstance()
}

// Figures returns what the receiver counts.
func (r *Receiver) Figures() *Figures { return r.cfg.Figures }

// ServeHTTP takes one event. The order is: method, path, rate, size, body,
// signature, check for duplicates, parse, record, answer.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	c := call{id: requestIDOf(w), start: time.Now()}
	defer func() { httpio.Release(c.request(req)) }()
	reply, err := r.serve(w, req, &c)
	if err != nil {
		f := asRefusal(err)
		c.refused(f)
		f.write(w)
	} else {
		c.status = max(reply.Status, http.StatusOK)
		reply.write(w)
	}
	_ = http.NewResponseController(w).Flush() // the answer does not wait for the log
	r.report(req.Context(), &c)
}

func requestIDOf(w http.ResponseWriter) string {
	const header = "X-Request-Id"
	id := w.Header().Get(header)
	if id == "" {
		id = rand.Text()
		w.Header().Set(header, id)
	}
	return id
}

func (r *Receiver) serve(w http.ResponseWriter, req *http.Request, c *call) (*Reply, error) {
	if req.Method != http.MethodPost {
		return nil, refuse(http.StatusMethodNotAllowed, ReasonMethod, "only POST is understood", nil)
	}
	src, at, err := r.route(req, c)
	if err != nil {
		return nil, err
	}
	if err := r.limits.allow(req, at.tenant); err != nil {
		return nil, err
	}
	body, err := r.read(w, req, src, c)
	if err != nil {
		return nil, err
	}
	p, err := src.cfg.Verify.check(c.request(req), at.provider)
	if err != nil {
		return nil, unverified(err)
	}
	e := newEvent(src, at, p, req, body)
	c.event = e
	return r.process(principal.NewContext(req.Context(), p.id), e, c)
}

// route finds the source by the path alone.
func (r *Receiver) route(req *http.Request, c *call) (*source, places, error) {
	path := req.URL.EscapedPath()
	for _, s := range r.sources {
		for i := range s.patterns {
			at, ok := s.patterns[i].match(path)
			if !ok {
				continue
			}
			c.source, c.tenant, c.kind = s.cfg.Name, at.tenant, at.eventType
			r.cfg.Figures.count(countReceived, s.cfg.Name, "")
			return s, at, s.admit(at)
		}
	}
	return nil, places{}, refuse(http.StatusNotFound, ReasonPath, "not found", nil)
}

// admit holds the places of a path against what the source takes.
func (s *source) admit(at places) error {
	if s.cfg.Disabled {
		return refuse(http.StatusNotFound, ReasonPath, "not found", errors.New("the source is disabled"))
	}
	if len(s.cfg.Tenants) > 0 && !slices.Contains(s.cfg.Tenants, at.tenant) && at.tenant != "" {
		return refuse(http.StatusNotFound, ReasonPath, "not found", errors.New("unknown tenant"))
	}
	if _, known := s.cfg.Verify.named[at.provider]; at.provider != "" && !known {
		return refuse(http.StatusNotFound, ReasonPath, "not found", errors.New("unknown provider"))
	}
	if at.eventType != "" && s.kind == nil && s.flowFor(at.eventType) == nil && s.cfg.Unknown == UnknownRefused {
		return refuse(http.StatusNotFound, ReasonType, "not found", errors.New("no flow has the event type"))
	}
	return nil
}

func (r *Receiver) read(w http.ResponseWriter, req *http.Request, src *source, c *call) ([]byte, error) {
	c.limited = httpio.Limit(w, req, src.cfg.MaxBytes)
	httpio.Charge(c.limited, r.budget)
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(r.cfg.BodyTime)) // test writers have none
	body, err := httpio.Bytes(c.limited)
	c.bytes = len(body)
	if err != nil {
		return nil, unreadable(err)
	}
	return body, nil
}

func newEvent(src *source, at places, p proof, req *http.Request, body []byte) *Event {
	header := make(http.Header, len(req.Header))
next:
	for name, values := range req.Header {
		plain := strings.ReplaceAll(name, "_", "-")
		for _, h := range src.hidden {
			if strings.EqualFold(h, plain) {
				continue next
			}
		}
		header[name] = values
	}
	return &Event{
		Source: src.cfg.Name, Tenant: at.tenant, Provider: at.provider, Type: at.eventType,
		SignedID: p.signedID, Header: header, Query: req.URL.RawQuery, Body: body,
		Received: time.Now().UTC().Round(0), src: src,
	}
}
