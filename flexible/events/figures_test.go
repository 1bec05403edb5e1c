package events_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/cxhook/cxhook/flexible/events"
)

// scrape reads the figures as a collector does.
func scrape(t testing.TB, f *events.Figures) string {
	t.Helper()
	w := httptest.NewRecorder()
	f.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	data, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
