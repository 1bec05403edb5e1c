// Package notify carries an event back into a conversation: "payment received"
// moves the agent on while its user waits.
//
//	n, err := notify.New(ctx, notify.Config{
//		Agent: "projects/shop/locations/europe-west1/agents/0e1d2c3b",
//		Once:  store, // of cx/once: one event, one notification
//	})
//	…
//	defer n.Close()
//	handlers["paid"] = n.Handler(func(ctx context.Context, d events.Delivery) (notify.Notification, error) {
//		…
//		return notify.Notification{Session: session, Event: "payment-received", Params: map[string]any{"amount": 12}}, nil
//	}, push)
//
// The event goes to the session by DetectIntent of Dialogflow's Sessions API, at
// the endpoint of the agent's region. The page that the session is on, or its
// flow, handles it by an event handler of that name. What the agent answers is
// returned, and given to a function that pushes it to the user: Dialogflow has
// no connection to them.
//
// # Once
//
// Queues deliver at least once. With Config.Once a notification is sent once
// per event, session and event name, and later deliveries get the answer of the
// first. Dialogflow takes no idempotency key: when a process dies while its
// request is on the way, or the answer is lost, the event is sent again. Let
// the event's handler lead to a page where the event is handled no more.
//
// # Errors
//
// UNAVAILABLE is tried again until Config.Timeout is over. What no repetition
// can mend (INVALID_ARGUMENT, NOT_FOUND and their like) is events.Permanent:
// the job becomes a dead letter. Any other error is for the queue to repeat.
//
// # Limits
//
// Dialogflow forgets a session 30 minutes after its last request (or its
// sessionTtl) and then begins it anew, on the start page, so that a late event
// finds nobody who handles it: the answer holds no message then. Parameters
// travel with an event: the API sets none by themselves.
//
// Source: https://docs.cloud.google.com/dialogflow/cx/docs/reference/rest/v3/projects.locations.agents.sessions/detectIntent
package notify
