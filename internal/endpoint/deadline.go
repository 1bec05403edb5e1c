package endpoint

import (
	"fmt"
	"time"
)

// Timeouts of webhook resources in Dialogflow.
const (
	MaxTimeout     = 30 * time.Second
	DefaultTimeout = 5 * time.Second
)

// Deadline returns what a handler may take of the timeout that its webhook
// resource sets. The rest is for the way there and back: a tenth, at most half
// a second. It panics, with the package's name, on what Dialogflow does not
// allow.
func Deadline(pkg string, timeout time.Duration) time.Duration {
	if timeout <= 0 || timeout > MaxTimeout {
		panic(fmt.Sprintf("%s: timeout of %v, Dialogflow allows more than 0 and at most %v", pkg, timeout, MaxTimeout))
	}
	return timeout - min(timeout/10, 500*time.Millisecond)
}
