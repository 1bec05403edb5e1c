package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"
)

// maxOpaqueTokens bounds the opaque tokens that are good at the same time; the
// oldest go first.
const maxOpaqueTokens = 100_000

// opaqueTokens holds the random tokens of a [TokenEndpoint] by their hashes.
type opaqueTokens struct {
	mu     sync.Mutex
	grants map[tokenHash]grant
	order  []tokenHash // in the order of their making, and so of expiry
}

func newOpaqueTokens() *opaqueTokens { return &opaqueTokens{grants: map[tokenHash]grant{}} }

// add makes a token of 260 random bits for g.
func (o *opaqueTokens) add(g grant, now time.Time) string {
	token := rand.Text() + rand.Text()
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.order) > 0 && (len(o.order) >= maxOpaqueTokens || o.grants[o.order[0]].Expires <= now.Unix()) {
		delete(o.grants, o.order[0])
		o.order = o.order[1:]
	}
	hash := hashOf(token)
	o.grants[hash] = g
	o.order = append(o.order, hash)
	return token
}

// get returns what a token that is still good says.
func (o *opaqueTokens) get(token string, now time.Time) (grant, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	g := o.grants[hashOf(token)]
	return g, now.Unix() < g.Expires
}

func (o *opaqueTokens) remove(token string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.grants, hashOf(token)) // its place in the order goes when its turn comes
}

// hashOf is how tokens are kept.
func hashOf(token string) tokenHash { return sha256.Sum256([]byte(token)) }
