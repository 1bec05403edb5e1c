// Package emulator is a local Dialogflow CX: it runs an exported agent, holds
// its conversations and calls its webhooks as the product does. Nothing is deployed,
// no account is needed and nothing is dialled that was not named.
//
//	a, err := agent.OpenFile("agent.zip")                 // a folder, zip or tar; a.Faults says what is wrong in it
//	hooks, err := caller.New(a.Webhooks["orders"], caller.ToHandler(handler))
//	em, err := emulator.New(a,
//		emulator.WithMatcher(emulator.ExactMatcher(a)),
//		emulator.WithWebhooks(emulator.Callers{"orders": hooks}))
//	s := em.NewSession("anna")
//	res, err := s.Detect(ctx, emulator.Input{Text: "I want two shirts"})
//	fmt.Println(res.Texts(), res.Page, res.Parameters)
//
// # What runs
//
// Intents, events and conditions in scope and in order; fulfillments with
// presets, messages, conditional cases, payloads and webhooks; forms; the flow stack; session,
// flow, request, page and intent parameters; key presses, languages, channels, partial
// responses. FIDELITY.md beside this file lists each rule with its source.
//
// # Understanding the user
//
// A [Matcher] picks the intent and finds values. [ExactMatcher] knows training
// phrases and entity types by rule; another one can be put in its place. Without a
// matcher, events, directly triggered intents and silence are understood.
//
// # What needs a model
//
// Playbooks, generators, data stores and generative fallback are asked of the
// [Model] that [WithModel] sets. Without one the turn says so in
// [Result.NeedsModel] and everything around them runs.
//
// # Webhooks
//
// [Webhooks] calls them; [Callers] does so through package caller. A webhook
// without a mapping is unreachable and raises webhook.error.not-found. A failure is raised only
// where the route has no target; a handler of an event that fails raises nothing further.
//
// # Test cases
//
// A [CaseRunner] runs the cases of the agent and tells differences in
// Dialogflow's own terms; package agenttest does so in go test. Where neither webhook nor
// model is at hand its recorded modes stand in: they answer from the recorded turn that runs, and
// never read its page, flow or replies to decide where the conversation goes.
//
// # Clients of the API
//
// Package sessions serves an Emulator under Dialogflow's Sessions API, for
// programs that use Google's client libraries. [Emulator.NewNamedSession] gives a
// session the name that webhooks see.
//
// # Errors and limits
//
// [Session.Detect] fails when its context ends, the matcher fails, or the
// input names what the agent does not have. Whatever the agent does wrong is part of the
// turn. A turn ends after 100 transitions; the stack of flows holds 25. Sessions live until
// they are dropped; package sessions bounds their number and age.
package emulator
