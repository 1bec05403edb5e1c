// Command orders is the fulfillment of an order desk: a Dialogflow CX agent
// that tells the state of an order, moves a delivery, refunds and shows the
// catalogue calls it for the facts.
//
//	go run ./examples/orders
//
// serves POST /webhook and GET /health on 127.0.0.1:8080, or on the port of
// the environment variable PORT. The tags are order-status,
// reschedule-delivery, refund, catalogue and archived-order, which is slow.
// Order numbers T0400, T0401, T0403, T0404, T0500 and T0503 fail with the
// status that they name, to try the agent's handlers.
//
// GET /stock, POST /orders and POST /address are flexible webhooks; their
// resources lie in testdata/webhooks. The agent that calls all of them, with
// its test cases, is testdata/agents/orders.
//
// On the loopback, the program also is Dialogflow: it runs that agent, with
// itself for the webhooks, under the Sessions API, and says how to talk to it.
// Not on Cloud Run, nor with WEBHOOK_AUTH.
//
//	AGENT       the export, by default testdata/agents/orders if it is there
//	AGENT_ADDR  by default 127.0.0.1:50051; "off" for no agent
//
// The orders live in memory: replace [Desk] by your own systems, keep the
// handlers.
//
// # Who may call
//
// WEBHOOK_AUTH lists the schemes by which a caller must prove itself, all of
// them, between commas. On Cloud Run the desk does not start without one;
// elsewhere it then listens on the loopback only and is open to everyone. A
// variable below that is set for a scheme that is off keeps it from starting,
// too. Lists stand between commas.
//
//	header               WEBHOOK_HEADER        its name, by default Authorization
//	                     WEBHOOK_HEADER_VALUE  the whole value, or
//	                     WEBHOOK_HEADER_VERSION  projects/P/secrets/S/versions/V that holds it
//	basic                WEBHOOK_BASIC         user:password, or
//	                     WEBHOOK_BASIC_VERSION
//	id-token             WEBHOOK_URL           list: the webhook's URLs, as in the console
//	                     WEBHOOK_PROJECT_NUMBER  list: the agents' projects
//	                     WEBHOOK_PLATFORM_VERIFIED  "true": Cloud Run checks the token, and
//	                                           nothing else may reach the service; read the
//	                                           warning at auth.IDTokenConfig
//	oauth                WEBHOOK_OAUTH_ISSUER
//	                     WEBHOOK_OAUTH_AUDIENCE  list
//	                     WEBHOOK_OAUTH_CLIENT  list: the client id in the console
//	                     WEBHOOK_OAUTH_SCOPE   list, may be unset
//	                     WEBHOOK_OAUTH_KEYS    URL of the keys, by default what the issuer publishes
//	                     WEBHOOK_OAUTH_ALGORITHM  list, by default RS256
//	oauth-opaque         WEBHOOK_OAUTH_ISSUER (may be unset), WEBHOOK_OAUTH_AUDIENCE,
//	                     WEBHOOK_OAUTH_CLIENT and WEBHOOK_OAUTH_SCOPE as above
//	                     WEBHOOK_OAUTH_INTROSPECTION  URL that is asked about tokens
//	                     WEBHOOK_OAUTH_OWN_ID  client id of the desk itself
//	                     WEBHOOK_OAUTH_OWN_SECRET  its secret, or
//	                     WEBHOOK_OAUTH_OWN_SECRET_VERSION
//	google-access-token  WEBHOOK_ACCOUNT       list: the service accounts
//	                     WEBHOOK_ACCOUNT_ID    list: their unique ids
//	client-cert          WEBHOOK_PROXY         list: address ranges of the load balancer that
//	                                           verifies Dialogflow's certificate
//	                     WEBHOOK_PROXY_PLAIN   "true": it calls without TLS
//
// The last two need another scheme beside them.
package main
