// Package once lets calls that arrive more than once run once.
//
// Dialogflow calls a webhook again when the first attempt timed out or could
// not be delivered; other systems send an event until somebody says 200. A
// [Group] lets one of several calls with the same [Key] run, its winner. A
// duplicate that comes meanwhile waits for the winner's result, a later one
// gets the same bytes from the store:
//
//	store, err := once.NewMemory(once.MemoryConfig{})
//	...
//	group, err := once.New(once.Config{Store: store})
//	...
//	r.Handle("/webhook", guard(cx.NewHTTPHandler(hooks, cx.WithOnce(group))))
//
// In webhooks it is an option, since only a service whose handlers have
// effects needs it, and since it makes the same turn sent again by hand, with
// its detectIntentResponseId, get the old answer. [Group.Do] does the same for
// any function.
//
// # What is promised
//
// While the store can be reached and the claim's lease lasts, a key has at
// most one run in progress, and no further one once a result was kept, until
// the result's age is over. The lease is the time that the run is given and a
// margin. When the process of a winner dies, its lease runs out and another
// may run; when the winner was only slow (stopped, starved) and comes back
// later, its result is not kept over the newer one: each claim has a revision,
// and a store takes the result of the current one alone.
//
// A run goes on when its caller has gone away, until its own time is over: the
// repeated call gets its result. The time is that of the handler;
// [Config.Limit] may extend it beyond the first attempt.
//
// What a run did is not undone: a run that fails after half of its effects
// leaves them, and the next one begins again.
//
// # What is kept
//
// Results are kept, answers to mistakes of the caller (4xx) among them.
// Failures (5xx), panics and timeouts release the key: the calls that wait get
// the same failure, once, and the next call runs again. Results are kept in a
// versioned form with a checksum; what cannot be read is ignored, counted, and
// runs again. A replay is the first answer byte for byte, the time of day in
// it included.
//
// # When the store is down
//
// A group answers 503 then, or, if told so ([RunAnyway]), lets the call run
// unchecked, which suits reads. A store is given [Config.StoreTimeout] for
// each question, so that is the latency it can add. When the store fails after
// the run the answer is sent all the same, and the result is offered to the
// store again until the lease ends.
//
// # Stores
//
// [Memory] serves one process: it is fast, bounded, and forgets everything
// when the process ends. Package cx/once/jetstream serves many, by NATS
// JetStream. Any [Store] will do.
package once
