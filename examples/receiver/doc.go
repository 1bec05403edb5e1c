// Command receiver takes events of three systems, as a file describes them:
// worker events, a chat platform and workflow triggers.
//
//	go run ./examples/receiver
//
// serves them at http://127.0.0.1:8080 until Ctrl-C. Events are verified,
// checked for duplicates, recorded, answered, and worked on by the handlers of
// this program. Its queue and its ids are in memory: for events that must not be
// lost put a durable queue and store there.
//
// Environment variables:
//
//	RECEIVER_CONFIG  another file than receiver.yaml, which is built in
//	WORKER_SECRET, GITHUB_SECRET, STRIPE_SECRET, CHAT_SECRET
//	                 the senders' secrets, of at least 16 bytes
//	FLOW_LOGIN       user:password of the workflow triggers
//	PORT             where to listen, 8080 by default
//	METRICS_ADDR     where to serve figures for Prometheus, such as
//	                 127.0.0.1:9090; nowhere by default
//
// Where a secret is not set, one for trials stands in, "trial-" and the name of
// the variable in lower case, and the service listens on the loopback only. On
// Cloud Run it refuses to start without them.
package main
