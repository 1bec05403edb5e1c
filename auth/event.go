package auth

// EventName names something that happens in a verifier and that operators
// count. The names are stable.
type EventName string

const (
	// EventOldSecret: a request was let in by a value that is not the current
	// one, so a caller has not been moved yet.
	EventOldSecret EventName = "auth_old_secret_used"
	// EventKeyFetch: a key set was fetched.
	EventKeyFetch EventName = "auth_key_fetch"
	// EventKeyRefetch: a key set was fetched early, because a token named an
	// unknown key or its signature did not fit.
	EventKeyRefetch EventName = "auth_key_refetch"
	// EventKeyFetchFailed: a key set could not be fetched; the last good one
	// stays in use.
	EventKeyFetchFailed EventName = "auth_key_fetch_failed"
	// EventKeysStale: a token was checked by keys past their age, since the
	// issuer is down.
	EventKeysStale EventName = "auth_keys_stale"
	// EventLookup: a token was looked up at its issuer.
	EventLookup EventName = "auth_lookup"
	// EventLookupFailed: a token could not be looked up.
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
