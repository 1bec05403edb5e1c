package auth_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cxhook/cxhook/auth"
)

// vault is a store of versions of one secret, as Secret Manager is one.
type vault struct {
	mu      sync.Mutex
	latest  int
	values  map[int]string
	revoked map[int]bool
	down    error
	hang    bool
	loads   int
	checks  int // calls of recheck
}

func newVault(values ...string) *vault {
	v := &vault{values: map[int]string{}, revoked: map[int]bool{}}
	for _, value := range values {
		v.add(value)
	}
	return v
}

func (v *vault) add(value string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.latest++
	v.values[v.latest] = value
}

func (v *vault) set(change func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	change()
}

func (v *vault) loaded() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.loads
}

func (v *vault) load(ctx context.Context) (auth.Secret, error) {
	v.mu.Lock()
	v.loads++
	hang := v.hang
	v.mu.Unlock()
	if hang {
		<-ctx.Done()
		return auth.Secret{}, fmt.Errorf("%w: %w", auth.ErrSecretUnavailable, ctx.Err())
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.version(v.latest)
}

func (v *vault) version(n int) (auth.Secret, error) {
	switch {
	case v.down != nil:
		return auth.Secret{}, v.down
	case v.revoked[n]:
		return auth.Secret{}, fmt.Errorf("%w: version %d is disabled", auth.ErrSecretRevoked, n)
	}
	return auth.NewSecret(v.values[n]).WithLabel(fmt.Sprint(n)), nil
}

func (v *vault) recheck(_ context.Context, s auth.Secret) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.checks++
	var n int
	if _, err := fmt.Sscan(s.Label(), &n); err != nil {
		return err
	}
	_, err := v.version(n)
	return err
}

func value(n int) string { return fmt.Sprintf("value-%d-of-the-secret", n) }

// watch starts a watch in a bubble and ends it with the test's function.
func watch(t *testing.T, v *vault, log *lines, change func(*auth.SecretWatchConfig)) *auth.SecretWatch {
	t.Helper()
	cfg := auth.SecretWatchConfig{Name: "the-secret", Load: v.load, Recheck: v.recheck, Logger: log.logger()}
	if change != nil {
		change(&cfg)
	}
	w, err := auth.NewSecretWatch(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

// accepts asserts which values a source has, the current one first.
func accepts(t *testing.T, when string, src auth.SecretSource, want ...string) {
	t.Helper()
	list, err := src.Secrets()
	var got []string
	for _, s := range list {
		got = append(got, string(s.Bytes()))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: values %q, want %q (error %v)", when, got, want, err)
	}
	if (err == nil) != (len(want) > 0) || err != nil && !errors.Is(err, auth.ErrSecretUnavailable) {
		t.Errorf("%s: error %v with %d values", when, err, len(want))
	}
}

// settle lets d pass, and then everything that is due come to rest.
func settle(d time.Duration) {
	time.Sleep(d) // the bubble's clock
	synctest.Wait()
}
