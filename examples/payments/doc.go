// Command payments lets a payment move a waiting conversation on. An agent
// sells a ticket and waits; the payment house reports the payment by a signed
// event; the event is recorded, answered and then carried into the
// conversation, where the agent hands out the ticket.
//
//	STRIPE_SECRET=whsec_… DATA_DIR=/var/lib/payments go run ./examples/payments
//
// serves
//
//	POST /webhook/stripe   events, signed as Stripe signs them
//	POST /chat/{session}   what a user says; the body is the text
//	GET  /chat/{session}   what the agent said meanwhile
//	GET  /health
//
// Without AGENT the conversation is with the agent in testdata, emulated in this
// process; what it said waits in memory for GET. AGENT=projects/P/locations/L/agents/A is an agent of Dialogflow CX,
// by the application's default credentials.
//
// The queue of events and the notes of what was done are in DATA_DIR: kill the
// process and start it again, nothing that was answered with 200 is lost.
// JETSTREAM_URL=nats://a,nats://b,nats://c in place of DATA_DIR keeps them in a
// NATS cluster, for as many instances as are needed; nothing else changes.
package main
