package cx_test

import (
	"context"
	"errors"
	"testing"

	"github.com/cxhook/cxhook/cx"
)

func TestHealthStatus(t *testing.T) {
	t.Parallel()
	broken := false
	srv := newServer(t, cx.NewRouter(cx.WithHealthStatus("healthy"), cx.WithHealth("processed_events", func(context.Context) (any, error) {
		if broken {
			return nil, errors.New("no")
		}
		return 7, nil
	})))
	if code, body := get(t, srv.Client(), srv.URL+"/health"); code != 200 || body != `{"processed_events":7,"status":"healthy"}` {
		t.Errorf("health = %d %s", code, body)
	}
	broken = true
	if code, body := get(t, srv.Client(), srv.URL+"/health"); code != 503 || body != `{"processed_events":"unavailable","status":"unavailable"}` {
		t.Errorf("health of a broken check = %d %s", code, body)
	}
	for _, word := range []string{"", "unavailable", "draining"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("WithHealthStatus(%q) did not panic", word)
				}
			}()
			cx.WithHealthStatus(word)
		}()
	}
}
