package auth_test

import (
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
)

// How long keys are fresh, by the server's headers.
func TestKeyAge(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, control, age string
		want               time.Duration
	}{
		{"none", "", "", auth.DefaultKeyAge},
		{"an hour", "public, max-age=3600", "", time.Hour},
		{"less its age", "max-age=3600", "600", 50 * time.Minute},
		{"zero", "max-age=0", "", auth.MinKeyAge},
		{"no-store", "no-store", "", auth.MinKeyAge},
		{"no-cache beside an age", "max-age=3600, no-cache", "", auth.MinKeyAge},
		{"absurd", "max-age=1000000000000", "", auth.MaxKeyAge},
		{"over 64 bits", "max-age=99999999999999999999999", "", auth.MaxKeyAge},
		{"negative age", "max-age=3600", "-5", time.Hour},
		{"older than it may be", "max-age=60", "7200", auth.MinKeyAge},
		{"not a number", "max-age=soon", "", auth.MinKeyAge},
		{"quoted, in other case", `Max-Age="1800"`, "", 30 * time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFetched(t, auth.KeySetConfig{})
			jwks, err := f.signer.JWKS()
			if err != nil {
				t.Fatal(err)
			}
			f.set(answerWith(200, string(jwks), "Cache-Control", tt.control, "Age", tt.age))
			if got := f.try(f.token(t, f.signer)); got != "" {
				t.Fatal(got)
			}
			f.set(answerWith(500, ""))
			f.clock.advance(tt.want - time.Second)
			f.try(f.token(t, f.signer))
			if n := f.count(auth.EventKeysStale); n != 0 {
				t.Errorf("stale a second before %v", tt.want)
			}
			f.clock.advance(time.Second)
			f.try(f.token(t, f.signer))
			if n := f.count(auth.EventKeysStale); n != 1 {
				t.Errorf("fresh at %v", tt.want)
			}
		})
	}
}
