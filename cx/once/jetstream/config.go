package jetstream

import (
	"context"
	"regexp"
	"time"

	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/cxhook/cxhook/internal/jetstream"
)

// Config says where JetStream is: a directory of this process or a cluster.
// It is the same type for every store in JetStream.
type Config = jetstream.Config

// Conn is an open JetStream, which stores and queues share: a directory can be
// opened once.
type Conn = jetstream.Conn

// Open starts the embedded server or connects to the cluster, and returns when
// it answers. Close ends it; what uses it comes first.
func Open(ctx context.Context, cfg Config) (*Conn, error) {
	return jetstream.Open(ctx, cfg)
}

// Defaults of [StoreConfig].
const (
	DefaultName  = "once"
	DefaultBytes = 256 << 20
)

// StoreConfig configures a [Store]. A zero field means its default.
type StoreConfig struct {
	// Name names the bucket: letters, digits, - and _. Stores of one name
	// share their keys. The default is "once".
	Name string
	// Age is how long a result is kept, by the server's clock; 10 minutes by
	// default, 1 second at least.
	Age time.Duration
	// Bytes is how much the bucket may take; 256 MiB by default. The server
	// sets them aside. When they are used up Begin and Finish fail with
	// [once.ErrFull] until results have reached their age.
	Bytes int64
}

var bucketName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// bucket returns the stream of a key-value store with one value for each key.
// It differs from what the client makes in that its leader alone answers
// reads: a copy that lags behind would tell of claims that are over. It has no
// age of its own, which would end long leases: each record has its life.
func bucket(cfg StoreConfig) natsjs.StreamConfig {
	return natsjs.StreamConfig{
		Name:                   "KV_" + cfg.Name,
		Description:            "claims and results of repeated calls",
		Subjects:               []string{"$KV." + cfg.Name + ".>"},
		MaxMsgsPerSubject:      1,
		MaxBytes:               cfg.Bytes,
		Discard:                natsjs.DiscardNew,
		AllowRollup:            true,
		DenyDelete:             true,
		AllowMsgTTL:            true,
		SubjectDeleteMarkerTTL: markerLife,
	}
}
