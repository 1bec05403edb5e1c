package emulator

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cxhook/cxhook/cx/emulator/agent"
	"github.com/cxhook/cxhook/internal/expr"
	"github.com/cxhook/cxhook/internal/expr/phone"
)

// Errors of this package. A turn that runs is never an error, whatever the
// agent does in it.
var (
	// ErrNoStart reports an agent without a flow to start at.
	ErrNoStart = errors.New("emulator: the agent has no start flow")
	// ErrUnknownPage reports a page that the agent does not have.
	ErrUnknownPage = errors.New("emulator: no such page")
	// ErrUnknownIntent reports a directly triggered intent that the agent
	// does not have.
	ErrUnknownIntent = errors.New("emulator: no such intent")
)

// Emulator runs the conversations of one agent. It is safe for concurrent use.
type Emulator struct {
	prog *program
	opts options
	zone *time.Location
	env  expr.Env // what all turns share
}

// New makes an agent ready to run. An agent that starts with a playbook runs
// from its first flow in the order of names; without any flow it is ErrNoStart.
func New(a *agent.Agent, opts ...Option) (*Emulator, error) {
	return newEmulator(compile(a), opts)
}

func newEmulator(p *program, opts []Option) (*Emulator, error) {
	e := &Emulator{prog: p, opts: defaults(), zone: time.UTC}
	for _, o := range opts {
		o(&e.opts)
	}
	if e.prog.start == nil {
		return nil, ErrNoStart
	}
	if zone, err := time.LoadLocation(p.agent.TimeZone); err == nil {
		e.zone = zone
	}
	e.env = expr.Env{Now: e.opts.now, Location: e.zone, Phone: phone.Plan{}}
	return e, nil
}

// Agent returns the agent that runs.
func (e *Emulator) Agent() *agent.Agent { return e.prog.agent }

// NewSession starts a conversation at the start page of the agent's start
// flow.
func (e *Emulator) NewSession(id string) *Session {
	return e.NewNamedSession(SessionName{Agent: LocalAgent, ID: id})
}

// pageOf finds a page by display names.
func (e *Emulator) pageOf(n PageName) (*page, error) {
	if pg := e.prog.page(n.Flow, n.Page); pg != nil {
		return pg, nil
	}
	return nil, fmt.Errorf("%w: %q of flow %q", ErrUnknownPage, n.Page, n.Flow)
}

// pageOfResource finds a page by its resource name or the name of its flow's
// resource, as webhooks answer it.
func (e *Emulator) pageOfResource(name string, near *flow) *page {
	part := strings.Split(name, "/")
	id := func(kind string) string {
		for i := 0; i+1 < len(part); i++ {
			if part[i] == kind {
				return part[i+1]
			}
		}
		return ""
	}
	f := near
	if flowID := id("flows"); flowID != "" {
		f = nil
		for _, candidate := range e.prog.flows {
			if candidate.id() == flowID || candidate.name == flowID {
				f = candidate
			}
		}
	}
	pageID := id("pages")
	if f == nil || pageID == "" || pageID == string(agent.StartPage) {
		if f == nil {
			return nil
		}
		return f.start
	}
	for _, pg := range f.pages {
		if pg.id() == pageID || pg.name == pageID {
			return pg
		}
	}
	return nil
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, by its documentation
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
