package events

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Finding is what a program can say about one point of a checklist.
type Finding int

// The findings.
const (
	// Passed: the configuration has it.
	Passed Finding = iota + 1
	// Failed: the configuration lacks it.
	Failed
	// Unseen: no configuration shows it; a person has to look.
	Unseen
)

// String returns the finding in one word.
func (f Finding) String() string {
	return map[Finding]string{Passed: "passed", Failed: "failed", Unseen: "unseen"}[f]
}

// Check is one point of [Checklist].
type Check struct {
	Name    string
	Finding Finding
	Detail  string
}

// Checklist holds a configuration against what a receiver in production should
// have: a public https URL, authentication, idempotency, error handling,
// logging, monitoring, a rate limit, a load test. NewReceiver should have taken
// the configuration.
func Checklist(cfg Config) []Check {
	return []Check{
		checkPublicURL(cfg.PublicBaseURL),
		eachSource(cfg, "authentication", "every source verifies its events", func(s *Source) string {
			switch {
			case s.Verify.none():
				return "verifies nothing"
			case s.weak:
				return "accepts secrets that can be guessed (allow_weak)"
			}
			return ""
		}),
		eachSource(cfg, "idempotency", "every source tells repeated events", func(s *Source) string {
			switch {
			case s.ID == "" && s.IDFunc == nil:
				return "has no id, so an event that comes twice runs twice"
			case s.OnceOpen:
				return "takes events unchecked when the store of ids is down (store_down: take)"
			}
			return ""
		}),
		{"error handling", Passed, "failed work is repeated up to a limit and then kept as a dead letter, which every queue has to do; those of a memory queue end with the process"},
		{"logging", Passed, "one record for each event and each delivery, without payloads and secrets"},
		{"monitoring", Unseen, "whether the figures are served, and watched, stands in no configuration"},
		checkRate(cfg.Rate),
		{"load test", Unseen, "whether one was made stands in no configuration"},
	}
}

func eachSource(cfg Config, name, good string, find func(*Source) string) Check {
	var bad []string
	for i := range cfg.Sources {
		s := &cfg.Sources[i]
		if s.Disabled {
			continue
		}
		if text := find(s); text != "" {
			bad = append(bad, fmt.Sprintf("source %q %s", s.Name, text))
		}
	}
	if len(bad) > 0 {
		return Check{name, Failed, strings.Join(bad, "; ")}
	}
	return Check{name, Passed, good}
}

func checkRate(r Rate) Check {
	if r.PerSecond == 0 {
		return Check{"rate limit", Failed, "nothing bounds what one sender may send (rate)"}
	}
	return Check{"rate limit", Passed, fmt.Sprintf("%v events a second for each tenant and address", r.PerSecond)}
}

// localNames are ends of host names that no sender on the Internet resolves.
var localNames = []string{".local", ".internal", ".localhost", ".test", ".invalid", ".example"}

func checkPublicURL(text string) Check {
	const name = "public https URL"
	u, err := url.Parse(text)
	switch {
	case text == "":
		return Check{name, Failed, "public_base_url is not set"}
	case err != nil || u.Scheme != "https":
		return Check{name, Failed, "public_base_url is not https"}
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	addr, err := netip.ParseAddr(host)
	local := func(end string) bool { return strings.HasSuffix("."+host, end) }
	switch {
	case err == nil && (!addr.IsGlobalUnicast() || addr.IsPrivate()),
		err != nil && (!strings.Contains(host, ".") || slices.ContainsFunc(localNames, local)):
		return Check{name, Failed, fmt.Sprintf("public_base_url names %q, which senders on the Internet cannot reach", host)}
	}
	return Check{name, Passed, text}
}
