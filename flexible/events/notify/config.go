package notify

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"google.golang.org/api/option"

	"github.com/cxhook/cxhook/cx/once"
)

// Defaults of a Config.
const (
	// DefaultTimeout is how long one notification may take, retries included.
	DefaultTimeout = 20 * time.Second
	// DefaultLanguage is the language of a session's turn.
	DefaultLanguage = "en"
)

// Config configures a Notifier. Agent must be set.
type Config struct {
	// Agent is projects/P/locations/L/agents/A, with /environments/E behind it
	// where the sessions are those of an environment. Only its sessions are
	// notified, whatever an event says, and L decides the endpoint.
	Agent string
	// Once remembers which events were sent. It must keep its results for as
	// long as an event can be delivered again. Without it every delivery sends.
	Once once.Store
	// Timeout bounds one notification; DefaultTimeout if zero.
	Timeout time.Duration
	// Language is that of notifications that name none; DefaultLanguage if
	// empty.
	Language string
	// Options go to the client of the Sessions API: credentials, or the endpoint
	// of an emulator.
	Options []option.ClientOption
}

// Errors of New and Notify.
var (
	// ErrConfig is a configuration that cannot be meant.
	ErrConfig = errors.New("notify: bad configuration")
	// ErrNotification is a notification that cannot be sent.
	ErrNotification = errors.New("notify: bad notification")
)

// A location is a part of the endpoint's host name, so its form is strict.
var agentName = regexp.MustCompile(`^projects/[a-z0-9.:-]{1,100}/locations/([a-z]{2,20}|[a-z]{2,20}-[a-z]{2,20}[0-9]{1,2})/agents/[A-Za-z0-9-]{1,64}(/environments/[A-Za-z0-9-]{1,64})?$`)

// sessionID is what Dialogflow takes: at most 36 characters. Slashes and
// blanks would make it part of another name.
var sessionID = regexp.MustCompile(`^[A-Za-z0-9_.~=@:+-]{1,36}$`)

func (c *Config) check() (location string, err error) {
	m := agentName.FindStringSubmatch(c.Agent)
	if m == nil {
		return "", fmt.Errorf("%w: agent is %q, want projects/P/locations/L/agents/A", ErrConfig, c.Agent)
	}
	if c.Timeout < 0 {
		return "", fmt.Errorf("%w: timeout is %v, want more than 0", ErrConfig, c.Timeout)
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Language == "" {
		c.Language = DefaultLanguage
	}
	return m[1], nil
}

// endpoint returns where the agents of a location are served.
//
// Source: https://docs.cloud.google.com/dialogflow/cx/docs/concept/region#api.
func endpoint(location string) string {
	if location == "global" {
		return "dialogflow.googleapis.com:443"
	}
	return location + "-dialogflow.googleapis.com:443"
}
