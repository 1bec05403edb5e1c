// Command idtoken is a webhook that lets in the Dialogflow agents of one
// project by the ID token of their service agent: no secret is shared with
// anybody.
//
//	WEBHOOK_URL=https://hook.example.com/webhook WEBHOOK_PROJECT_NUMBER=123456789012 go run ./examples/idtoken
//
// serves POST /webhook and GET /health on 127.0.0.1:8080, or on the port of
// the environment variable PORT. WEBHOOK_URL is the webhook's URL letter by
// letter as it stands in the console. WEBHOOK_PROJECT_NUMBER is what
//
//	gcloud projects describe PROJECT --format='value(projectNumber)'
//
// prints for the agent's project. The webhook's serviceAgentAuth is ID_TOKEN, or
// not set, which means the same.
//
// On Cloud Run with unauthenticated calls allowed the program verifies the
// token itself, as anywhere else. Where Cloud Run's own check is on, it removes
// the signature: see auth.IDTokenConfig.PlatformVerified.
package main
