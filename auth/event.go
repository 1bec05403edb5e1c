package auth

// EventName names something that happens in a verifier and that operators
// count. The names are stable.
type EventName string

const (
	// EventOldSecret counts requests that were let in by a value that is not
	// the current one: a caller has not been moved yet.
	EventOldSecret EventName = "auth_old_secret_used" //nolint:gosec // G101 takes the name of an event for a credential
	// EventKeyFetch counts fetches of a key set by its age.
	EventKeyFetch EventName = "auth_key_fetch"
	// EventKeyRefetch counts fetches of a key set before its age, because a
	// token named an unknown key or its signature did not fit.
	EventKeyRefetch EventName = "auth_key_refetch"
	// EventKeyFetchFailed counts fetches that brought no keys; the last good
	// ones stay in use.
	EventKeyFetchFailed EventName = "auth_key_fetch_failed"
	// EventKeysStale counts tokens that were checked by keys past their age,
	// since the issuer is down.
	EventKeysStale EventName = "auth_keys_stale"
	// EventLookup counts questions to an issuer about a token.
	EventLookup EventName = "auth_lookup"
	// EventLookupFailed counts questions that brought no answer.
	EventLookupFailed EventName = "auth_lookup_failed"
)

// Event is one such happening. It holds no secrets and nothing of a request.
type Event struct {
	Name EventName
	// Scheme names the verifier.
	Scheme string
	// Label says which configured thing it concerns: the label of a secret,
	// the URL of a key set or of a lookup.
	Label string
}

// Observer counts events. It is called from many goroutines at once and must
// not block; nil counts nothing.
type Observer func(Event)

func (o Observer) report(name EventName, scheme, label string) {
	if o != nil {
		o(Event{Name: name, Scheme: scheme, Label: label})
	}
}
