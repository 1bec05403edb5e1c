// Package jetstream is the store of package once for many instances, and for
// one that must remember through its restarts: NATS JetStream, in the process
// or as a cluster by URL.
//
//	conn, err := jetstream.Open(ctx, jetstream.Config{URL: "nats://a,nats://b,nats://c"})
//	...
//	defer conn.Close(context.WithoutCancel(ctx))
//	store, err := jetstream.New(ctx, conn, jetstream.StoreConfig{})
//	...
//	group, err := once.New(once.Config{Store: store})
//
// With Dir in place of URL the server runs in the process, without a port, and
// keeps its files there, each write flushed to the device before it counts.
//
// # How it works
//
// Each key is a key of one bucket (a JetStream key-value store), so all claims
// of a key are decided in one place. The claim creates it, with a lease that
// the server ends; the result replaces the claim at its revision, and no other.
// One that waits, on whichever instance, watches the key. Clocks of the
// instances do not matter.
//
// Whether a lease has ended is judged by the clock of the server that leads the
// bucket. Results are kept for [StoreConfig.Age], or seconds longer.
//
// # What is promised
//
// A cluster with three copies keeps claims and results through the loss of any
// one of its servers. While it elects a new leader, for a second or a few, the
// store does not answer: calls are treated as [once.Config.WhenDown] says. Its
// servers should run with "sync_interval: always".
//
// Package once bounds how long a call may wait for a store. When a claim was
// granted and its answer lost, nobody runs for the key until the lease ends.
//
// On Cloud Run an embedded store is lost with its instance, and no other
// instance sees it; Open warns of it.
package jetstream
