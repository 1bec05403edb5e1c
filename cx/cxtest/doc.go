// Package cxtest tests webhooks the way Dialogflow CX calls them.
//
// [New] calls a handler through package caller, which sends what Dialogflow
// sends and holds the answer to what Dialogflow accepts; [Request] builds the
// request of a tag:
//
//	func TestOrderStatus(t *testing.T) {
//		c := cxtest.New(t, newService())
//		a := c.Call(cxtest.Request("order-status", cxtest.Param("order-id", 17)))
//		a.WantTexts("Your order is on its way.")
//		a.WantParams(map[string]any{"status": "shipped", "order-id": nil})
//
//		c.Fails(cxtest.Request("order-status"), caller.EventBadRequest)
//	}
//
// A call that fails, or does not fail as Fails wants, ends the test; the checks
// of an answer report and go on. Both report to the t of [New]; [Caller.In]
// binds the caller to a subtest.
//
// [NewIssuer] stands in for Google and for an OAuth server where the handler
// stands behind a verifier of package auth: it issues ID tokens, access tokens
// and client certificates, and tells verifiers of its keys.
//
// [Record] is a middleware that writes each exchange of a running service into
// a readable text archive, without credentials and without the parameters that
// it is told to leave out; [Replay] sends the requests of such archives to a
// handler and compares the answers, one subtest for each:
//
//	func TestRecorded(t *testing.T) {
//		cxtest.Replay(t, cxtest.Dir("testdata"), "*.txtar", newService())
//	}
//
// With CXHOOK_UPDATE=1 in the environment Replay writes the answers that it
// gets into the archives instead.
//
// # Archives
//
// An archive is a txtar file of one to four parts, in this order: request and
// response hold the first line and the headers as in HTTP, request.json and
// response.json the bodies. A body that is not JSON is in a part that ends in
// .txt instead, whose last line break does not count, or in .base64 if text
// cannot hold it. Lines before the first part are a comment.
//
//	-- request --
//	POST /webhook HTTP/1.1
//	Host: orders.example.com
//	Content-Type: application/json
//	-- request.json --
//	{
//	  "fulfillmentInfo": {
//	    "tag": "order-status"
//	  }
//	}
//	-- response --
//	HTTP/1.1 200 OK
//	Content-Type: application/json
//	-- response.json --
//	{}
//
// Archives may be written and changed by hand: Replay compares the status, the
// headers that the archive has, and the body. An archive may end after the
// request: Replay with CXHOOK_UPDATE=1 adds the answer.
package cxtest
