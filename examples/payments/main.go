package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/once"
	oncejs "github.com/cxhook/cxhook/cx/once/jetstream"
	"github.com/cxhook/cxhook/flexible/events"
	"github.com/cxhook/cxhook/flexible/events/jetstream"
)

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	slog.SetDefault(logger)
	err := run(context.Background(), os.Getenv, func(addr string) {
		fmt.Printf("The ticket office is at http://%s; Ctrl-C ends it.\n", addr)
	})
	if err != nil {
		logger.Error("payments", "error", err)
		os.Exit(1)
	}
}

// run serves the office until the process is told to end, and tells its address
// once it is there.
func run(ctx context.Context, getenv func(string) string, started func(addr string)) (err error) {
	conn, err := jetstream.Open(ctx, jetstream.Config{Dir: getenv("DATA_DIR"), URL: getenv("JETSTREAM_URL")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end(ctx, conn.Close)) }()
	queue, err := jetstream.NewQueue(ctx, conn, jetstream.QueueConfig{Name: "payments"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end(ctx, queue.Close)) }()
	// An event may be delivered again for days; so long its notes are kept.
	store, err := oncejs.New(ctx, conn, oncejs.StoreConfig{Name: "payments-once", Age: 7 * 24 * time.Hour})
	if err != nil {
		return err
	}
	office, err := openOffice(ctx, getenv("AGENT"), store)
	if err != nil {
		return err
	}
	defer office.close()
	h, worker, err := newHandler(getenv("STRIPE_SECRET"), office, queue, store)
	if err != nil {
		return err
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	worked := make(chan error, 1)
	go func() { worked <- queue.Work(working, worker.Deliver) }()
	err = cx.Serve(ctx, h, cx.WithAddr(addr(getenv)), cx.WithStarted(func(a net.Addr) { started(a.String()) }))
	stop()
	return errors.Join(err, <-worked)
}

// newHandler returns the service and what works on its events.
func newHandler(secret string, o *office, queue events.Queue, store once.Store) (http.Handler, *events.WorkHandler, error) {
	if secret == "" {
		return nil, nil, errors.New("payments: STRIPE_SECRET is not set")
	}
	source, err := events.Stripe(events.SenderConfig{Secrets: auth.FixedSecrets(secret)})
	if err != nil {
		return nil, nil, err
	}
	source.Flows = []events.Flow{{Triggers: []string{succeeded, failed}, Default: &events.Target{Handler: "payment"}}}
	source.Unknown = events.UnknownIgnored
	// Payments of one customer are told in the order in which they came.
	source.Order = "event.payload.data.object.metadata.session"
	handlers := map[string]events.HandlerFunc{"payment": o.payment()}
	receiver, err := events.NewReceiver(events.Config{
		Sources: []events.Source{source}, Handlers: handlers, Queue: queue, Once: store,
		StoreTime: 2 * time.Second, // the payment house waits for longer, and a slow disk is no reason to send it away
	})
	if err != nil {
		return nil, nil, err
	}
	worker, err := events.NewWorkHandler(events.WorkConfig{Handlers: handlers})
	if err != nil {
		return nil, nil, err
	}
	r := cx.NewRouter()
	r.PathPrefix("/webhook/").Handler(receiver)
	r.HandleFunc("/chat/{session}", o.say).Methods(http.MethodPost)
	r.HandleFunc("/chat/{session}", o.read).Methods(http.MethodGet)
	return r, worker, nil
}

// end closes what must not be cut off, within a few seconds.
func end(ctx context.Context, shut func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 8*time.Second)
	defer cancel()
	return shut(ctx)
}

// addr is every interface on Cloud Run and the loopback elsewhere.
func addr(getenv func(string) string) string {
	port := getenv("PORT")
	if port == "" {
		port = "8080"
	}
	if getenv("K_SERVICE") != "" {
		return ":" + port
	}
	return net.JoinHostPort("127.0.0.1", port)
}
