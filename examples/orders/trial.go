package main

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx"
)

// archiveTakes is how long the archive of old orders needs. The webhook
// "archive" of the agent in testdata/agents/orders waits half a second, so that
// the agent shows what it does about a timeout.
const archiveTakes = 2 * time.Second

// trial fails for order numbers that exist to try an agent's error handlers:
// T0400, T0401, T0403, T0404, T0500 and T0503 fail with the status that they
// name, as the test numbers of payment services do.
func trial(number string) error {
	digits, ok := strings.CutPrefix(number, "T0")
	if !ok {
		return nil
	}
	status, err := strconv.Atoi(digits)
	if err != nil || !slices.Contains([]int{
		http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden,
		http.StatusNotFound, http.StatusInternalServerError, http.StatusServiceUnavailable,
	}, status) {
		return nil
	}
	return cx.Errorf(status, "order %q is there to try the status %d", number, status)
}

type archivedIn struct {
	Year int64 `cx:"archive_year,required"`
}

// archived looks an old order up, in its own time. It stops when nobody waits
// any longer.
func (h *Hooks) archived(ctx context.Context, in archivedIn) (*cxpb.WebhookResponse, error) {
	t := time.NewTimer(archiveTakes)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-t.C:
	}
	return cx.Respond(cx.Textf("There is no order of yours from %d.", in.Year))
}
