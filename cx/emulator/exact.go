package emulator

import (
	"github.com/cxhook/cxhook/cx/emulator/agent"
)

// ExactMatcher understands literal training phrases and entities, without a
// model.
func ExactMatcher(a *agent.Agent) Matcher { return nil }
