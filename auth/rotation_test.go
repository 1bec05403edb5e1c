package auth_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cxhook/cxhook/auth"
)

// switched is a source whose values are set while it is in use.
type switched struct {
	atomic.Pointer[auth.SecretSource]
}

func (s *switched) set(values ...string) {
	src := auth.FixedSecrets(values...)
	s.Store(&src)
}

// Secrets returns the values of the moment.
func (s *switched) Secrets() ([]auth.Secret, error) { return (*s.Load()).Secrets() }

// A password is rotated while calls with both values run: none is
// refused in the overlap, and only the new one passes after it.
func TestBasicRotationUnderLoad(t *testing.T) {
	t.Parallel()
	const v3, v4 = "u:password-version-3", "u:password-version-4"
	src := &switched{}
	src.set(v3)
	v := newBasic(t, auth.BasicConfig{Credentials: src})
	call := func(pair string) string {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		authorize("Basic " + base64Of(pair))(r)
		_, err := v.Verify(r)
		return reasonOf(err)
	}
	src.set(v4, v3)
	var wg sync.WaitGroup
	var refused atomic.Int64
	for i := range 200 {
		wg.Go(func() {
			if call([]string{v3, v4}[i%2]) != "" {
				refused.Add(1)
			}
		})
	}
	wg.Wait()
	if n := refused.Load(); n != 0 {
		t.Errorf("%d of 200 calls in the overlap were refused", n)
	}
	src.set(v4)
	if got := call(v4); got != "" {
		t.Errorf("new value after the overlap: %s", got)
	}
	if got := call(v3); got != "credential_mismatch" {
		t.Errorf("old value after the overlap: %q, want credential_mismatch", got)
	}
}
