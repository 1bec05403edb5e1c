package events_test

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"testing"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/flexible/events"
)

func rateSite(t testing.TB, rate events.Rate) *site {
	source := must(t)(events.WorkerEvents(events.WorkerConfig{SecretHeader: "X-Secret", SecretKey: auth.FixedSecrets(secret)}))
	return newSite(t, events.Config{Sources: []events.Source{source}, Handlers: map[string]events.HandlerFunc{"push": nothing}, Rate: rate})
}

// sender gives each request the address that its header names.
func sender(r *http.Request) string { return r.Header.Get("X-Test-Address") }

func TestRateOfEachTenantAndAddress(t *testing.T) {
	t.Parallel()
	s := rateSite(t, events.Rate{PerSecond: 0.001, Burst: 2, Address: sender})
	send := func(tenant, address string) answer {
		return s.post(t, "/events/webhook/"+tenant+"/push", `{}`, headers("X-Secret", secret, "X-Test-Address", address))
	}
	for i, want := range []int{200, 200, 503} {
		if a := send("acme", "1"); a.status != want {
			t.Errorf("event %d: %d, want %d", i+1, a.status, want)
		}
	}
	if send("globex", "1").status != 200 || send("acme", "2").status != 200 {
		t.Error("another tenant, or another address, is held up")
	}
	s.logs.await(t, "event", 5)
	s.logs.reset()
	a := send("acme", "1")
	wait, err := strconv.Atoi(a.header.Get("Retry-After"))
	if a.status != 503 || err != nil || wait < 900 || wait > 1001 { // one event in 1,000 s
		t.Errorf("%d, Retry-After %q", a.status, a.header.Get("Retry-After"))
	}
	if r := s.logs.await(t, "event", 1)[0]; r["reason"] != events.ReasonRate {
		t.Errorf("log %v", r)
	}
}

// The control: without a rate nothing is held up.
func TestWithoutARateNothingIsHeldUp(t *testing.T) {
	t.Parallel()
	s := rateSite(t, events.Rate{})
	for range 50 {
		if a := s.post(t, "/events/webhook/acme/push", `{}`, headers("X-Secret", secret)); a.status != 200 {
			t.Fatalf("%d", a.status)
		}
	}
}

// The map is bounded: whoever was quiet for longest is forgotten, those who
// still send are not.
func TestRateForgetsTheQuietest(t *testing.T) {
	t.Parallel()
	s := rateSite(t, events.Rate{PerSecond: 0.001, Burst: 1, MaxKeys: 2, Address: sender})
	send := func(address string) int {
		return s.post(t, "/events/webhook/acme/push", `{}`, headers("X-Secret", secret, "X-Test-Address", address)).status
	}
	for i, step := range []struct {
		address string
		status  int
	}{{"a", 200}, {"b", 200}, {"a", 503}, {"c", 200}, {"a", 503}, {"b", 200}} {
		if got := send(step.address); got != step.status {
			t.Errorf("step %d, address %s: %d, want %d", i+1, step.address, got, step.status)
		}
	}
}

// One network of IPv6 is one sender, and an address is the peer's.
func TestAddressIsThePeers(t *testing.T) {
	t.Parallel()
	s := rateSite(t, events.Rate{PerSecond: 0.001, Burst: 1})
	for i, step := range []struct {
		peer   string
		status int
	}{
		{"[2001:db8::1]:1", 200}, {"[2001:db8::ffff]:2", 503}, {"[2001:db8:0:1::1]:1", 200},
		{"192.0.2.1:1", 200}, {"192.0.2.1:2", 503}, {"[::ffff:192.0.2.1]:1", 503}, {"192.0.2.2:1", 200}, {"pipe", 200},
	} {
		if got := fromPeer(t, s.receiver, step.peer); got != step.status {
			t.Errorf("step %d, peer %s: %d, want %d", i+1, step.peer, got, step.status)
		}
	}
}

func TestRatesThatAreRefused(t *testing.T) {
	t.Parallel()
	for i, rate := range []events.Rate{{PerSecond: -1}, {PerSecond: 1, Burst: -1}, {PerSecond: 1, MaxKeys: -1},
		{PerSecond: math.NaN()}, {PerSecond: math.Inf(1)}, {Burst: 100}, {MaxKeys: 100}, // the last two bound nothing, and look as if they did
	} {
		source := must(t)(events.ChatPlatform(events.ChatConfig{Secrets: auth.FixedSecrets(secret)}))
		_, err := events.NewReceiver(events.Config{Sources: []events.Source{source}, Rate: rate, Handlers: map[string]events.HandlerFunc{"h": nothing}, Queue: &tray{}, Once: memoryStore(t)})
		if err == nil {
			t.Error(fmt.Sprint("rate ", i, " starts"))
		}
	}
}
