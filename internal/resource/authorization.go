package resource

import (
	"fmt"
	"maps"
	"net/textproto"
	"slices"
	"strings"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"golang.org/x/net/http/httpguts"
)

// AuthorizationSource is one of the places that an Authorization header can
// come from.
type AuthorizationSource uint8

// The sources, in the order in which the first that is configured wins.
const (
	// Header is a configured header of that name, literal or secret.
	Header AuthorizationSource = iota + 1
	// Basic is the user name and password of the resource, or their secret,
	// which wins over the two deprecated fields.
	Basic
	// OAuth is the client credentials flow of oauthConfig.
	OAuth
	// ServiceAccount is the access token of serviceAccountAuthConfig.
	ServiceAccount
	// ServiceAgent is the token of Dialogflow's own service agent: an ID
	// token, also when serviceAgentAuth is not set.
	ServiceAgent
)

// String returns the name of s for messages.
func (s AuthorizationSource) String() string {
	names := [...]string{"", "header", "basic", "OAuth", "service account", "service agent"}
	if s == 0 || int(s) >= len(names) {
		return fmt.Sprintf("source %d", uint8(s))
	}
	return names[s]
}

// DefaultOrder returns the order of the constants. That of Dialogflow is not
// documented.
func DefaultOrder() []AuthorizationSource {
	return []AuthorizationSource{Header, Basic, OAuth, ServiceAccount, ServiceAgent}
}

// CheckOrder refuses an order with an unknown source.
func CheckOrder(order []AuthorizationSource) error {
	for _, s := range order {
		if s < Header || s > ServiceAgent {
			return fmt.Errorf("unknown authorization source %d", uint8(s))
		}
	}
	return nil
}

// Service returns the settings of either form of resource, nil if it has none.
func Service(w *cxpb.Webhook) *cxpb.Webhook_GenericWebService {
	if d := w.GetServiceDirectory(); d != nil {
		return d.GetGenericWebService()
	}
	return w.GetGenericWebService()
}

// Authorization returns the source of the Authorization header: the first of
// the order that s configures, and false if none is.
func Authorization(s *cxpb.Webhook_GenericWebService, order []AuthorizationSource) (AuthorizationSource, bool) {
	i := slices.IndexFunc(order, func(source AuthorizationSource) bool { return configures(s, source) })
	if i < 0 {
		return 0, false
	}
	return order[i], true
}

func configures(s *cxpb.Webhook_GenericWebService, source AuthorizationSource) bool {
	switch source {
	case Header:
		literal, _ := Lookup(s.GetRequestHeaders(), "Authorization")
		_, secret := Lookup(s.GetSecretVersionsForRequestHeaders(), "Authorization")
		return literal != "" || secret
	case Basic:
		return s.GetSecretVersionForUsernamePassword() != "" || s.GetUsername() != "" || s.GetPassword() != ""
	case OAuth:
		return s.GetOauthConfig() != nil
	case ServiceAccount:
		return s.GetServiceAccountAuthConfig().GetServiceAccount() != ""
	case ServiceAgent:
		return s.GetServiceAgentAuth() != cxpb.Webhook_GenericWebService_NONE
	}
	return false
}

// Lookup returns the entry of a header by its canonical name. Of several that
// differ in case only the last one by name counts, as in a call.
func Lookup[V any](headers map[string]V, canonical string) (v V, found bool) {
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		if CanonicalHeader(name) == canonical {
			v, found = headers[name], true
		}
	}
	return v, found
}

// CanonicalHeader returns the form in which header names are compared.
func CanonicalHeader(name string) string {
	return textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name))
}

// ForbiddenHeader reports whether neither a resource nor a turn may set a
// header. The first ten are documented for queryParams.webhookHeaders, whose
// list ends in "etc."; the others are those that belong to the connection.
func ForbiddenHeader(canonical string) bool {
	switch canonical {
	case "Host", "Content-Length", "Connection", "From", "User-Agent", "Accept-Encoding",
		"If-Modified-Since", "If-None-Match", "X-Forwarded-For",
		"Transfer-Encoding", "Te", "Trailer", "Upgrade", "Keep-Alive", "Expect", "Proxy-Connection":
		return true
	}
	return false
}

// UnusableHeader says why a configured header of this canonical name is not
// sent, and nothing if it is.
func UnusableHeader(canonical string) string {
	switch {
	case !httpguts.ValidHeaderFieldName(canonical):
		return "not a header name"
	case ForbiddenHeader(canonical):
		return "Dialogflow does not allow the name"
	}
	return ""
}

// Audience returns what an ID token for s is made for: its URI without the
// query.
//
// Source: https://docs.cloud.google.com/dialogflow/cx/docs/concept/webhook.
func Audience(s *cxpb.Webhook_GenericWebService) string {
	plain, _, _ := strings.Cut(strings.TrimSpace(s.GetUri()), "?")
	return plain
}
