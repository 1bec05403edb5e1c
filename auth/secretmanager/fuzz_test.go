package secretmanager_test

import (
	"regexp"
	"strings"
	"testing"

	"google.golang.org/api/option"

	"github.com/cxhook/cxhook/auth/secretmanager"
)

// FuzzVersion takes any name. One that is accepted must be of the grammar of
// Google's resource names, without a part that a path could be climbed by.
func FuzzVersion(f *testing.F) {
	f.Add(latest)
	f.Add("projects/123456789012/locations/europe-west3/secrets/a_B-9/versions/42")
	f.Add("projects/../secrets/x/versions/latest")
	f.Add("projects/example.com:my-project/secrets/x/versions/1")
	grammar := regexp.MustCompile(`^projects/[a-z0-9.:-]+(/locations/[a-z0-9-]+)?/secrets/[A-Za-z0-9_-]+/versions/[A-Za-z0-9_-]+$`)
	// Options that no client can be made with, so that nothing is dialled.
	opts := []option.ClientOption{option.WithAPIKey("x"), option.WithoutAuthentication()}
	f.Fuzz(func(t *testing.T, name string) {
		_, err := secretmanager.Open(t.Context(), secretmanager.Config{Version: name, ClientOptions: opts})
		if err == nil {
			t.Fatal("opened without a client")
		}
		accepted := strings.HasPrefix(err.Error(), "secretmanager: client:")
		if accepted && (!grammar.MatchString(name) || strings.Contains(name, "/../")) {
			t.Errorf("%q is accepted", name)
		}
	})
}
