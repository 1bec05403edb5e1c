package jetstream_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/cxhook/cxhook/flexible/events"
	"github.com/cxhook/cxhook/flexible/events/jetstream"
)

// A recorded job outlives the process: it is in the directory.
func Example() {
	tmp, err := os.MkdirTemp("", "queue")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(tmp)
	ctx := context.Background()

	conn, err := jetstream.Open(ctx, jetstream.Config{
		Dir:    filepath.Join(tmp, "store"), // or URL: "nats://a,nats://b,nats://c"
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		panic(err)
	}
	defer conn.Close(ctx) //nolint:errcheck // nothing follows
	queue, err := jetstream.NewQueue(ctx, conn, jetstream.QueueConfig{})
	if err != nil {
		panic(err)
	}
	err = queue.Publish(ctx, events.Job{ID: "evt_1", Handler: "paid", Source: "shop"})
	if err != nil {
		panic(err) // a receiver answers 503
	}

	working, stop := context.WithCancel(ctx)
	err = queue.Work(working, func(_ context.Context, d events.Delivery) error {
		fmt.Println(d.Handler, d.ID, "attempt", d.Attempt)
		stop() // lets this job end first
		return nil
	})
	fmt.Println(err)
	// Output:
	// paid evt_1 attempt 1
	// <nil>
}
