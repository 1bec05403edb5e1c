// Package webhookauth makes the verifier of a webhook out of the resource that
// Dialogflow has: whatever the resource makes Dialogflow send, and nothing
// else, is let in.
//
//	w, err := flexible.LoadWebhook(exported) // or from the Webhooks API
//	v, err := webhookauth.New(w, webhookauth.Config{
//		IDToken: auth.IDTokenConfig{ProjectNumbers: []string{"123456789012"}},
//	})
//	guard := auth.Require(v)
//	r.Handle("/webhook", guard(cx.NewHTTPHandler(hooks))).Methods("POST")
//
// The same resource given to package caller makes the calls that pass, so a
// test sees both sides: see the example.
//
// # What a resource means
//
// One source makes the Authorization header: a header of that name, basic
// credentials, the OAuth client, the service account, or the service agent's
// ID token, which is sent also where serviceAgentAuth is not set. Headers of
// secret versions must come beside it, and so must the literal headers that
// [Config] calls credentials. Where that leaves nothing, New fails with
// [ErrNoCredential] instead of letting everybody in.
//
// # What a resource does not say
//
// The content of secret versions, the number of the project, who the OAuth
// issuer is and what its tokens look like, the numeric id of a service account:
// New names each that it misses in a [*NeedsError]. Which headers a client of
// the Sessions API overrides by queryParams.webhookHeaders is not known either;
// a call whose credential is overridden is refused.
//
// # What it does not prove
//
// A literal secret proves that the caller knows it. An access token of a
// service account can be repeated by whoever has seen it; auth.Require refuses
// it alone unless Config.AccessToken.Alone is set. See package auth for each.
//
// Sources: https://docs.cloud.google.com/dialogflow/cx/docs/concept/webhook and
// the comments of google/cloud/dialogflow/cx/v3/webhook.proto. The order of the
// sources is an assumption: see [Config.AuthorizationOrder].
package webhookauth
