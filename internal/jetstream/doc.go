// Package jetstream opens the durable engine under the store of retried calls
// and the queue of events: NATS JetStream, either inside the process or as a
// cluster that is reached by URL. Nothing but the configuration differs.
//
//	conn, err := jetstream.Open(ctx, jetstream.Config{Dir: "/var/lib/shop/jetstream"})
//	…
//	defer conn.Close(context.WithoutCancel(ctx))
//	stream, err := conn.EnsureStream(ctx, natsjs.StreamConfig{Name: "JOBS", Subjects: []string{"jobs.>"}})
//
// # Embedded
//
// With Dir the server runs in the process and listens on no port: clients are
// the process itself, over a pipe. Every write is flushed to the device before
// it is acknowledged (without that JetStream flushes every two minutes, and an
// acknowledged write can be lost with the power). The directory belongs to one
// process: it is locked, and it must be closed to other users (mode 0700, which
// it gets when Open creates it).
//
// A full disk or a failing device makes writes fail. The server stops writing
// at the first such error and would refuse everything from then on; Conn starts
// it anew as soon as the directory takes writes again, and the client
// reconnects by itself. Until then calls return errors.
//
// # Cluster
//
// With URL the streams live in the cluster, three copies of each by default
// when the server belongs to a cluster and one when it stands alone. Streams
// that exist keep the copies they have unless Replicas says otherwise. A lost
// connection is made anew for as long as the Conn is open.
package jetstream
