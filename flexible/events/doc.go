// Package events receives events of other systems, such as webhooks of code
// hosts, payment services and chat platforms: verified over their raw bytes,
// checked for duplicates, recorded before they are acknowledged, and worked on
// afterwards.
//
//	store, err := once.NewMemory(once.MemoryConfig{})                  // ids of events
//	queue, err := events.NewMemoryQueue(events.MemoryQueueConfig{})    // or a durable one
//	stripe, err := events.Stripe(events.SenderConfig{Secrets: secrets})
//	handlers := map[string]events.HandlerFunc{"payment_intent.succeeded": book}
//
//	receiver, err := events.NewReceiver(events.Config{
//		Sources: []events.Source{stripe}, Handlers: handlers, Queue: queue, Once: store,
//	})
//	work, err := events.NewWorkHandler(events.WorkConfig{Handlers: handlers})
//	workers := events.StartWorkers(queue, work.Deliver)
//
//	r := cx.NewRouter()
//	r.PathPrefix("/").Handler(receiver)                                // POST /webhook/stripe
//	err = cx.Serve(ctx, r, cx.WithShutdown(workers.Shutdown))          // works off the queue
//
// where book is
//
//	func book(ctx context.Context, d events.Delivery) error {
//		_, err := events.Effect(ctx, store, d, "book", time.Minute,
//			func(ctx context.Context, key once.Key) ([]byte, error) { … })
//		return err // nil: done; events.Permanent(err): dead; else: again after a pause
//	}
//
// # The way of one event
//
// A [Receiver] looks at, in this order: the method (405), the path (404), the
// rate of tenant and address (503), the size, declared or chunked (413), the raw
// body, read once, the signature (401, 403), duplicates, the JSON (415, 400),
// the flow (404). Then it records the event in the [Queue], and answers when the
// queue has it. What could not be decoded again is refused, with 413
// where it is larger than the queue can ever hold. A queue that is full
// or cannot record is answered 503 with Retry-After, and so is a store of ids
// that is down, unless the source says otherwise. Refusals have the small fixed
// body of all routes; why is in the log alone, as one record.
//
// An id is claimed first and marked as taken after the event was recorded, so
// that a failure between the two loses nothing: the sender's repetition is taken.
// Of repetitions that come at once one is recorded and the others wait for it.
// An id that is read from the payload has the payload parsed before the check;
// one that a header holds has not.
//
// What a signature does not cover, path, query and headers, decides nothing about
// an event unless the source lists it under Unsigned.
//
// # Sources
//
//	source              path                                    type                id
//	WorkerEvents        /events/webhook/{tenant}/{event_type}   of the path         signed id, Stripe's id, delivery headers
//	                    /v1/events/ingress/{provider}/{tenant}/{event_type}
//	ChatPlatform        /webhook                                event               event and message, or device and time
//	WorkflowTrigger     as configured                           none                none, unless ID is set
//	GitHub              /webhook/github                         X-GitHub-Event      X-GitHub-Delivery
//	Stripe              /webhook/stripe                         type                id
//	Shopify             /webhook/shopify                        X-Shopify-Topic     topic and X-Shopify-Event-Id
//	StandardWebhooks    /webhook/standard-webhooks              type                the signed id
//
// Another sender is a [Source] with a [Verification]: [Signature] takes any
// scheme of package auth, and there are [HeaderSecret], [Basic], [Verified] and
// [AnyOf]. A secret that is not set, or too short, stops the start; letting
// everybody in is written out: [Unverified].
//
// # Flows
//
// A [Flow] is for some event types; its branches are tried in order, and the
// first whose condition holds decides, else the default. A target is a handler,
// which runs after the answer, or a run, which makes the answer, or nothing.
// Without flows every handler is one for the type of its name. Conditions look
// as worker systems write them:
//
//	headers['x-github-event'] == 'push'
//	event.payload.type == 'payment_intent.succeeded' and event.payload.amount > 100
//
// [Source] says what they may hold. Values are picked into variables by [Pick];
// [Propose] lists the picks that a pasted sample offers.
//
// # Configuration
//
// [ReadConfig] reads the sources from a file: the worker system's own JSON, or
// YAML of the same shape. These are all its keys; those of the first section
// from reply on may stand in every section.
//
//	public_base_url: https://hooks.example.com   # here or in events-webhook
//	rate: {per_second: 20, burst: 100, max_keys: 10000}
//	events-webhook:
//	  enabled: true                # false answers 404
//	  verify: none                 # in place of all secrets
//	  allow_weak: false            # true takes secrets under 16 bytes
//	  secret_header: X-Hook-Secret
//	  secret_key: {env: WORKER_SECRET, previous_env: OLD_WORKER_SECRET}
//	  signatures:
//	    github: {header: X-Hub-Signature-256, algorithm: sha256, secret: {file: /run/secrets/github}}
//	    stripe: {algorithm: stripe, secret: [the-new-one…, the-old-one…]}
//	  tenants: [acme, globex]
//	  reply: {status: 202, headers: {Content-Type: application/json}, body: '{"accepted":true}'}
//	  id: event.payload.id
//	  type: event.payload.kind
//	  order: event.payload.customer
//	  unsigned: [path, headers, query]
//	  headers: [X-Shop]            # that jobs keep
//	  picks: [{from: body, path: "items[*].sku", alias: skus}]
//	  max_bytes: 1048576
//	  run_limit: 10s
//	  unknown: refuse              # or ignore
//	  store_down: refuse           # or take
//	  flows:
//	    - triggers: [payment]
//	      branches:
//	        - {when: event.payload.amount > 100, handler: review, payload: '{"whole": {{event.payload}}}'}
//	        - {when: event.payload.test, ignore: true}
//	      default: {handler: book, reply: {status: 200, body: ok}}
//	chat-platform: {path: /webhook, secret: {env: CHAT_SECRET}}
//	workflow-triggers:
//	  - {name: order, path: /hooks/order, basic: {env: FLOW_LOGIN}, handler: ship}
//	  - {name: quote, path: /hooks/quote, verify: none, run: quote}
//	senders:
//	  - {preset: github, name: code, path: /code, secret: {env: GITHUB_SECRET}}
//	  - {preset: standard-webhooks, public_keys: [whpk_…]}
//
// # Work
//
// A [Queue] delivers each job at least once, again after a failure with growing
// pauses, up to a limit, after which it is a dead letter that Dead lists and
// Retry puts back. [NewMemoryQueue] is for one process and loses what it holds
// when that dies. Jobs of one Order run in order. All jobs go through a
// [WorkHandler], which push queues (Cloud Tasks, Pub/Sub) call over HTTP; handlers
// run in a context that is no request's. A handler must bear to run twice:
// [Effect] makes one effect of many deliveries.
//
// On Cloud Run the processor is taken away after the answer and instances end:
// a queue in memory then loses events that were answered. The start warns of it.
//
// # Limits
//
// Bodies have at most 1 MiB unless a source says otherwise, 64 levels and 100,000
// values; conditions 4 KiB; queries 16 KiB, 8 levels and indexes to 100; replies
// 64 KiB; ids 512 bytes. Compressed bodies are not taken. GitHub and Shopify sign
// neither time nor id: a body that was seen can be replayed under another id.
// Stores of ids remember for their age, so that a repetition after it is a new
// event.
//
// # Watching
//
// [Figures] counts received, refused by reason, duplicates, queued, processed
// and failed, and serves them for Prometheus. Every event and every delivery is
// one log record, which holds ids and types but no payload and no secret.
package events
