package status_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/cxhook/cxhook/internal/status"
)

// TestNilPointerIsAnError: a nil pointer in an error is not nil, and says
// nothing that a caller may know.
func TestNilPointerIsAnError(t *testing.T) {
	t.Parallel()
	var absent *status.Error
	for name, err := range map[string]error{
		"bare": absent, "wrapped": fmt.Errorf("x: %w", absent), "joined": errors.Join(absent),
	} {
		code, public := status.Of(err)
		if code != http.StatusInternalServerError || public != "internal error" {
			t.Errorf("%s: answered %d %q, want 500 with the fixed text", name, code, public)
		}
		if errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("%s: is an error that it does not wrap", name)
		}
		if err.Error() == "" {
			t.Errorf("%s: has no text", name)
		}
	}
}
