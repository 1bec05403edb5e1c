// Package jetstream is the durable queue of package events: NATS JetStream, in
// the process or as a cluster by URL.
//
//	conn, err := jetstream.Open(ctx, jetstream.Config{Dir: "/var/lib/shop/jetstream"})
//	…
//	defer conn.Close(context.WithoutCancel(ctx))
//	queue, err := jetstream.NewQueue(ctx, conn, jetstream.QueueConfig{})
//	…
//	receiver, err := events.NewReceiver(events.Config{Queue: queue, …})
//	go queue.Work(ctx, events.NewWorkHandler(…))
//
// # What is promised
//
// Publish returns nil when the job has been flushed to the device (embedded) or
// acknowledged by the cluster, whose servers should run with "sync_interval:
// always". Each recorded job is then handed to a worker until one returns nil
// or the job is dead: at least once. A process that dies, or a worker that says
// nothing for a lease (QueueConfig.Lease, by the server's clock), gives its jobs
// back, and another instance gets them. So a job may run twice: its effects
// belong under events.Effect, which keeps a claim per effect.
//
// Publishing the same event twice within two minutes of the first time records
// it once: the outcome of a Publish may be unknown, and the sender then tries
// again. Those two minutes do not begin anew with the second time. Beyond them
// the receiver's own duplicate check counts.
//
// # Failures
//
// A job whose worker fails comes again after a pause that doubles from
// MinBackoff to MaxBackoff, less up to half of it at random. After Attempts
// deliveries, or when the error is events.Permanent, or when the record cannot
// be read back, it becomes a dead letter: kept as it was, listed by Dead, put
// back by Retry. The limit counts deliveries, so that a job which kills its
// process is set aside as well. Nothing leaves the queue in another way.
//
// # Order
//
// Jobs with the same Order run one after the other, over all instances. Orders
// are spread over lanes (OrderLanes), and each lane has one job running at a
// time: a job in back-off holds up its lane until it is done or dead, and a
// queue has no more ordered jobs running than lanes. After Retry a dead letter
// runs behind what was recorded since. The number of lanes is fixed when the
// queue is made and changes only while it is empty.
//
// # Limits
//
// MaxQueued and MaxBytes are the high-water mark, at which Publish returns
// events.ErrFull. One job with all its parts must fit into one message: 8 MiB
// embedded, 1 MiB by default in a cluster.
//
// On Cloud Run an embedded queue is lost with its instance; Open warns of it.
package jetstream
