package sessions_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	cx "cloud.google.com/go/dialogflow/cx/apiv3"
)

// A thousand clients at once, each in a session of its own and with a webhook
// that answers with the session's id: none hears of another. All of them are in
// the middle of their conversation before the first one goes on.
func TestThousandSessionsDoNotMix(t *testing.T) {
	t.Parallel()
	const clients, connections = 1000, 4
	addr := serve(t, emulate(t, http.HandlerFunc(office)))
	var conns [connections]*cx.SessionsClient
	for i := range conns {
		conns[i] = client(t, addr)
	}
	breads := []string{"rye", "wheat"}
	turn := func(i int, text string, want ...string) {
		res, err := conns[i%connections].DetectIntent(t.Context(), say(fmt.Sprint("s", i), text))
		if err != nil {
			t.Errorf("session %d: %v", i, err)
			return
		}
		if got := texts(res.GetQueryResult()); !slices.Equal(got, want) {
			t.Errorf("session %d, %q: replies %q, want %q", i, text, got, want)
		}
	}
	var wg, middle sync.WaitGroup
	middle.Add(clients)
	for i := range clients {
		wg.Go(func() {
			bread := breads[i%len(breads)]
			turn(i, "an order", "Which bread?")
			turn(i, bread, "How many?")
			middle.Done()
			middle.Wait()
			turn(i, fmt.Sprint(i+1), fmt.Sprintf("Your number is s%d-%d-%s.", i, i+1, bread))
		})
	}
	wg.Wait()
}
