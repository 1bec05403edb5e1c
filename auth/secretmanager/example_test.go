package secretmanager_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/auth/secretmanager"
)

// A verifier whose value is kept in Secret Manager, and rotated there. The
// example runs against a stand-in; in a program ClientOptions are not needed.
func ExampleOpen() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	standIn := newServer("Bearer the-first-value", "Bearer the-second-value")
	defer standIn.serve(listener)()

	key, err := secretmanager.Open(context.Background(), secretmanager.Config{
		Version:       "projects/my-project/secrets/hook-key/versions/latest",
		Format:        auth.SecretHeader,
		Logger:        slog.New(slog.DiscardHandler),
		ClientOptions: plainText(listener.Addr().String()),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer key.Close()
	verifier, err := auth.NewHeader(auth.HeaderConfig{Name: "Authorization", Secrets: key})
	if err != nil {
		fmt.Println(err)
		return
	}
	values, err := key.Secrets()
	fmt.Println(verifier != nil, values, values[0].Label(), err)
	// Output: true [[redacted]] 2 <nil>
}
