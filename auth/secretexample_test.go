package auth_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/cxhook/cxhook/auth"
)

func ExampleSecret() {
	s := auth.NewSecret("correct horse battery staple").WithLabel("7")
	config := struct {
		Key auth.Secret
	}{s}
	text, err := json.Marshal(config)
	fmt.Printf("%v %+v %s %v\n", s, config, text, err)
	fmt.Println(s.Label(), s.Equal([]byte("correct horse battery staple")))
	// Output:
	// [redacted] {Key:[redacted]} {"Key":"[redacted]"} <nil>
	// 7 true
}

// A secret that is mounted as a file and may be replaced while the program
// runs.
func ExampleSecretFile() {
	dir, err := os.MkdirTemp("", "secret")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "hook-key")
	if err := os.WriteFile(path, []byte("a-key-made-by-echo-and-so-with-a-newline\n"), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	secrets, err := auth.SecretFile(context.Background(), path, auth.SecretWatchConfig{
		Format:      auth.SecretHeader,
		TrimNewline: true,
		Logger:      slog.New(slog.DiscardHandler),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer secrets.Close()
	verifier, err := auth.NewHeader(auth.HeaderConfig{Name: "X-Hook-Key", Secrets: secrets})
	fmt.Println(verifier != nil, err, secrets.Ready())
	// Output: true <nil> <nil>
}
