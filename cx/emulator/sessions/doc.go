// Package sessions serves an emulated agent under Dialogflow's Sessions API, so
// that Google's client libraries, unchanged but for the endpoint, talk to it.
//
//	em, err := emulator.New(a, emulator.WithMatcher(emulator.ExactMatcher(a)), emulator.WithWebhooks(hooks))
//	srv, err := sessions.New(em)
//	g := grpc.NewServer()
//	cxpb.RegisterSessionsServer(g, srv)
//	err = g.Serve(listener) // on the loopback: there is no authentication
//
// and in the client:
//
//	c, err := cx.NewSessionsClient(ctx, option.WithEndpoint("127.0.0.1:50051"), option.WithoutAuthentication(),
//		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
//
// [Server] is a cxpb.SessionsServer and can be called without gRPC as well.
//
// # What is served
//
// DetectIntent, MatchIntent and FulfillIntent for text, events, key presses
// and intents by name. Streams, speech and feedback are answered
// UNIMPLEMENTED. Names of sessions are those of the API,
//
//	projects/P/locations/L/agents/A/sessions/S
//	projects/P/locations/L/agents/A/environments/E/sessions/S
//
// where an agent of any name is the emulated one, since an export does not say
// what its agent is called; [WithAgentName] accepts one name only. Webhooks see the
// session, and answers name pages and flows, below the name that the client
// used. What an answer names can be sent back, as currentPage for one.
//
// # Sessions
//
// A session begins with its first request and is forgotten 30 minutes after
// its last one, or after the latest sessionTtl that a request of it gave, of at
// most a day. The turns of a session run one after the other. At most 10,000
// sessions live at once ([WithMaxSessions]); the next one is refused with
// RESOURCE_EXHAUSTED, none is dropped for it. A turn that the client gives up
// leaves the session as far as the turn came.
//
// # Errors
//
//	INVALID_ARGUMENT    a session name of another form, an id of more than 36
//	                    characters, no query input, no language or one that is
//	                    no language code, a currentPage or an intent of another
//	                    agent, a time zone or a sessionTtl that does not exist;
//	                    details hold a google.rpc.BadRequest with the field
//	NOT_FOUND           an agent, page or intent that is not there
//	RESOURCE_EXHAUSTED  too many sessions; a message of over 4 MiB (gRPC's limit)
//	UNIMPLEMENTED       audio, tool results, playbooks, the methods above
//	CANCELLED, DEADLINE_EXCEEDED  the client's context ended
//	INTERNAL            the matcher or the model failed
//
// Text of more than 256 characters is no error: the agent's sys.long-utterance
// handles it, or its no-match.
//
// # What is left out
//
// Query parameters that are not emulated (sessionEntityTypes, geoLocation,
// sentiment, search and model settings) are named under "Emulator Notes" in
// diagnosticInfo. There is no output audio.
//
// Sources: https://docs.cloud.google.com/dialogflow/cx/docs/reference/rest/v3/projects.locations.agents.sessions/detectIntent
// and the comments of google/cloud/dialogflow/cx/v3/session.proto.
package sessions
