// Command orders is the fulfillment of an order desk: a Dialogflow CX agent
// that tells the state of an order, moves a delivery, refunds and shows the
// catalogue calls it for the facts.
//
//	go run ./examples/orders
//
// serves POST /webhook and GET /health on 127.0.0.1:8080, or on the port of
// the environment variable PORT. The tags are order-status,
// reschedule-delivery, refund and catalogue.
//
// GET /stock, POST /orders and POST /address are flexible webhooks; their
// resources lie in testdata/webhooks.
//
// The orders live in memory: replace [Desk] by your own systems, keep the
// handlers.
package main
