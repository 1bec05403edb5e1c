package events

import (
	"errors"
	"net/url"
	"strings"
)

// URL is an address to register with a sender.
type URL struct {
	Source string
	// URL is the public base and a path of the source, with the places that the
	// sender, or who registers it, fills in.
	URL string
}

// URLs returns the addresses of all sources that are not disabled. Without a public base they are
// paths. Where a source lists its tenants each has an address of its own.
func (r *Receiver) URLs() []URL {
	var list []URL
	base := strings.TrimSuffix(r.cfg.PublicBaseURL, "/")
	for _, s := range r.sources {
		if s.cfg.Disabled {
			continue
		}
		for _, p := range s.patterns {
			tenants := s.cfg.Tenants
			if len(tenants) == 0 || !p.has("{tenant}") {
				tenants = []string{"{tenant}"}
			}
			for _, tenant := range tenants {
				list = append(list, URL{Source: s.cfg.Name, URL: base + strings.ReplaceAll(p.text, "{tenant}", tenant)})
			}
		}
	}
	return list
}

// checkBaseURL holds that senders can be told an address.
func checkBaseURL(text string, m *mistakes) {
	if text == "" {
		return
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		m.add("public_base_url", errors.New("is not an address such as https://hooks.example.com"))
	}
}
