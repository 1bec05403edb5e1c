// Command mtls is a webhook that ends TLS itself and lets in who presents
// Dialogflow's client certificate and knows a password: the certificate proves
// Google, the password my agent.
//
//	TLS_CERT=server.pem TLS_KEY=server.key WEBHOOK_BASIC=user:password go run ./examples/mtls
//
// serves POST /webhook and GET /health over HTTPS on port 8443, or on that of
// the environment variable PORT. The certificate is read again when its files
// change. It has to be one that Google trusts, or its authority has to be
// uploaded to the webhook as a custom CA.
//
// In the console there is nothing to turn on: Dialogflow presents its
// certificate to every server that asks for one. Enter user and password under
// the webhook's authentication, or a secret version that holds them.
//
// Cloud Run ends TLS before the container: see the scheme client-cert of the
// order desk for a load balancer that verifies the certificate.
package main
