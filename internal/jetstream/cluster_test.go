package jetstream_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/cxhook/cxhook/internal/jetstream"
	"github.com/cxhook/cxhook/internal/jetstream/clustertest"
)

// Three copies by default, of which the loss of any one server takes nothing;
// a key that three clients race for is created once.
func TestClusterOutlivesANode(t *testing.T) {
	t.Parallel()
	cluster := clustertest.Start(t)
	var conns []*jetstream.Conn
	for range 3 {
		conns = append(conns, open(t, jetstream.Config{URL: cluster.URL()}))
	}
	kv, err := conns[0].EnsureKeyValue(t.Context(), natsjs.KeyValueConfig{Bucket: "claims"})
	if err != nil {
		t.Fatal(err)
	}
	status, err := kv.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := status.Config().Replicas; got != 3 {
		t.Fatalf("%d copies in a cluster, want 3", got)
	}
	race := func(key string) {
		t.Helper()
		var won atomic.Int32
		var wg sync.WaitGroup
		for i, c := range conns {
			wg.Go(func() {
				kv, err := c.JetStream().KeyValue(t.Context(), "claims")
				if err != nil {
					t.Error(err)
					return
				}
				_, err = kv.Create(t.Context(), key, fmt.Append(nil, i))
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, natsjs.ErrKeyExists):
					t.Errorf("client %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("key %s has %d winners, want 1", key, won.Load())
		}
	}
	for i := range 50 {
		race(fmt.Sprintf("before-%d", i))
	}
	leader := cluster.Leader(t.Context(), conns[0].JetStream(), "KV_claims")
	if leader < 0 {
		t.Fatal("the bucket has no leader")
	}
	cluster.Kill(leader)
	for i := range 50 {
		if err := get(t.Context(), kv, fmt.Sprintf("before-%d", i)); err != nil {
			t.Fatalf("key before-%d after the loss of its leader: %v", i, err)
		}
	}
	cluster.Restart(leader)
	for i := range 20 {
		race(fmt.Sprintf("after-%d", i))
	}
}

// get reads a key, again for as long as a new leader is elected.
func get(ctx context.Context, kv natsjs.KeyValue, key string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		one, done := context.WithTimeout(ctx, time.Second)
		_, err := kv.Get(one, key)
		done()
		if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, nats.ErrNoResponders) || ctx.Err() != nil {
			return err
		}
	}
}

// A server that is away when an instance starts must not cost a stream its
// copies.
func TestEnsureKeepsCopies(t *testing.T) {
	t.Parallel()
	cluster := clustertest.Start(t)
	cfg := natsjs.StreamConfig{Name: "S", Subjects: []string{"s"}}
	first := open(t, jetstream.Config{URL: cluster.URL()})
	if _, err := first.EnsureStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	cluster.Kill(2)
	second := open(t, jetstream.Config{URL: cluster.URL()})
	stream, err := second.EnsureStream(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if got := stream.CachedInfo().Config.Replicas; got != 3 {
		t.Errorf("%d copies after a start without one server, want 3", got)
	}
}
