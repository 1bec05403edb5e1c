package jetstream_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/cx/once/jetstream"
	"github.com/cxhook/cxhook/internal/jetstream/clustertest"
)

func TestMain(m *testing.M) {
	clustertest.RunNode() // does not return in a node
	if url := os.Getenv(instanceEnv); url != "" {
		if err := serveInstance(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// instanceEnv makes the test binary an instance of a service in a process of
// its own. Its value is the URL of the cluster.
const instanceEnv = "CXHOOK_ONCE_INSTANCE"

// Terms of that instance.
const (
	childTimeout = time.Second // of the webhook: 0.9 s for the handler
	childMargin  = time.Second
	childLease   = 900*time.Millisecond + childMargin
	childRun     = 500 * time.Millisecond
)

// serveInstance serves until standard input ends. It prints its address, a line
// when its handler starts, and its log.
func serveInstance(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	conn, err := jetstream.Open(ctx, jetstream.Config{URL: url, Logger: log})
	if err != nil {
		return err
	}
	store, err := jetstream.New(ctx, conn, jetstream.StoreConfig{})
	if err != nil {
		return err
	}
	group, err := once.New(once.Config{Store: store, Margin: childMargin, StoreTimeout: 5 * time.Second, Logger: log})
	if err != nil {
		return err
	}
	handler := cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		fmt.Println(`{"msg":"running"}`)
		time.Sleep(childRun)
		return cx.Respond(cx.Text("child"))
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("{\"msg\":\"serving\",\"addr\":%q}\n", l.Addr())
	go func() {
		_, _ = os.Stdin.Read(make([]byte, 1))
		os.Exit(0)
	}()
	err = http.Serve(l, cx.NewHTTPHandler(handler, cx.WithOnce(group), cx.WithTimeout(childTimeout), cx.WithLogger(log)))
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
