// Package deferred answers a webhook call whose work takes longer than the
// call may: an interim answer now, the result at the session's next call.
//
//	late, err := deferred.New(deferred.Config{Store: store})
//	...
//	hooks.Handle("quote", late.Handle("quote", cx.Typed(quote), stillWorking))
//	hooks.Handle("quote-ready", late.Collect("quote", notYet))
//
// Work that ends in time is answered as if there were no package between. Work
// that does not goes on after the interim answer, and its result waits for the
// session: for a tag of its own ([Answers.Collect], which a page may call again
// and again until it is there), or for whatever call comes next
// ([Answers.Deliver]). It is delivered to one call; a call that Dialogflow
// repeats gets it again if its route has cx.WithOnce.
//
// A result belongs to the session and the principal of the call that began it,
// and to a name: a session has one piece of work of each name at a time. Asked
// for the same while it runs, the session gets the interim answer again and no
// second run.
//
// # Limits
//
// Work has [Config.Limit]; its context keeps the values of the call's context
// and has that deadline. A result is kept as long as the store keeps results,
// 10 minutes by default, and then gone. Results in a once.Memory are lost with
// the process, as is the work itself with any store: when its process dies the
// session finds nothing once the lease has ended, and may ask again.
//
// Platforms such as Cloud Run may withdraw the processor after an answer: let
// them allocate it always, or the work stands still until the next call.
package deferred
