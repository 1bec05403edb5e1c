package events

import (
	"errors"
	"time"

	"github.com/cxhook/cxhook/auth"
)

// TriggerConfig configures [WorkflowTrigger]. Name, Path, one of Credentials and
// Unverified, and one of Handler and Run must be set.
type TriggerConfig struct {
	Name, Path string
	// Credentials are "user:password" for basic authentication.
	Credentials auth.SecretSource
	// Unverified lets everybody in.
	Unverified bool
	// AllowWeak accepts passwords of less than auth.MinSecretBytes.
	AllowWeak bool
	// Picks become variables; see Propose.
	Picks []Pick
	// Handler is for asynchronous workflows: the reply at once, then the run.
	Handler string
	Reply   *Reply
	// Run is for synchronous ones: its own reply, 200 without one, 500 when it
	// fails, 408 when it outlasts RunLimit.
	Run      string
	RunLimit time.Duration
}

// WorkflowTrigger is the source of a workflow's trigger: POST of
// application/json, with basic authentication where it is configured. The
// default reply is 200 "ok". Nothing names a trigger's events, so they are not
// checked for duplicates unless ID is set.
func WorkflowTrigger(cfg TriggerConfig) (Source, error) {
	s := Source{
		Name: cfg.Name, Paths: []string{cfg.Path}, Picks: cfg.Picks, RunLimit: cfg.RunLimit,
		Flows: []Flow{{Default: &Target{Handler: cfg.Handler, Run: cfg.Run, Reply: cfg.Reply}}},
	}
	if s.RunLimit == 0 {
		s.RunLimit = DefaultRunLimit
	}
	switch {
	case cfg.Credentials != nil && cfg.Unverified:
		return s, errors.New("events: trigger has credentials and is not to be verified")
	case cfg.Unverified:
		s.Verify = Unverified()
		return s, nil
	case cfg.Credentials == nil:
		return s, errors.New("events: trigger has no credentials; letting everybody in must be written out")
	}
	var err error
	s.Verify, err = Basic(auth.BasicConfig{Credentials: cfg.Credentials, AllowWeak: cfg.AllowWeak})
	return s, err
}
