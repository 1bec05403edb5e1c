// Package secretmanager reads the secrets of webhooks from Google Cloud Secret
// Manager, where Dialogflow CX reads them too: header values, "user:password"
// pairs and OAuth client secrets.
//
// [Open] returns a source for the verifiers of package auth:
//
//	key, err := secretmanager.Open(ctx, secretmanager.Config{
//		Version: "projects/my-project/secrets/hook-key/versions/latest",
//		Format:  auth.SecretHeader,
//	})
//	if err != nil {
//		return err
//	}
//	defer key.Close()
//	guard, err := auth.NewHeader(auth.HeaderConfig{Name: "X-Hook-Key", Secrets: key})
//
// # Rotation
//
// A version called latest, or by an alias, is looked up once a minute. When it
// leads to a new value, both are accepted for an hour, so that callers can be
// moved; disabling or destroying the old version ends its time at the next
// look. A version given by its number never changes and is still looked up,
// so that disabling it takes effect; to move between two numbers use
// auth.JoinSecrets.
//
// # Failures
//
// Requests never wait for Secret Manager. A start fails when the name is
// malformed, the version is missing or disabled, access is denied, the
// checksum does not match twice, or the value breaks its format. While Secret
// Manager or the source of credentials is down, a start succeeds without a
// value, calls are answered 503 and Ready says so; a running service keeps the
// last value for 24 hours. Nothing that is logged or returned as an error
// holds a value.
//
// The service account of the program needs the role
// roles/secretmanager.secretAccessor on the secret.
package secretmanager
