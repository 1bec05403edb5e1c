package auth_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestLinks holds what a program that imports auth links.
func TestLinks(t *testing.T) {
	t.Parallel()
	for _, pkg := range []string{"github.com/cxhook/cxhook/auth", "github.com/cxhook/cxhook/internal/jose"} {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", pkg).Output()
		if err != nil {
			t.Fatalf("go list -deps %s: %v", pkg, err)
		}
		for dep := range strings.Lines(string(out)) {
			dep = strings.TrimSpace(dep)
			for _, bad := range []string{
				"google.golang.org/protobuf", "google.golang.org/grpc", "cloud.google.com/", "github.com/go-jose/",
				"github.com/cxhook/cxhook/cx", "github.com/cxhook/cxhook/flexible",
			} {
				if strings.HasPrefix(dep, bad) {
					t.Errorf("%s links %s", pkg, dep)
				}
			}
		}
	}
}
