package secretmanager_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/auth/secretmanager"
	"github.com/cxhook/cxhook/internal/refusal"
)

func TestMain(m *testing.M) { os.Exit(refusal.Main(m)) }

const latest = "projects/my-project/secrets/hook-key/versions/latest"

func accepts(t *testing.T, when string, src auth.SecretSource, want ...string) {
	t.Helper()
	list, err := src.Secrets()
	var got []string
	for _, s := range list {
		got = append(got, string(s.Bytes()))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: values %q, want %q (error %v)", when, got, want, err)
	}
}

func open(t *testing.T, cfg secretmanager.Config) *secretmanager.Secret {
	t.Helper()
	s, err := secretmanager.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestOpen(t *testing.T) {
	t.Parallel()
	for _, version := range []string{
		latest,
		"projects/123456789012/secrets/hook-key/versions/2",
		"projects/my-project/secrets/hook-key/versions/prod",
		"projects/example.com:my-project/secrets/hook-key/versions/latest",
	} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			var log lines
			s := open(t, secretmanager.Config{
				Version: version, Logger: log.logger(), ClientOptions: newServer(value(1), value(2)).onSocket(t),
			})
			accepts(t, "open", s, value(2))
			if text := log.String(); !strings.Contains(text, "version=2") || strings.Contains(text, "canary") {
				t.Errorf("log %q, want the number of the version and not its value", text)
			}
		})
	}
	t.Run("regional", func(t *testing.T) {
		t.Parallel()
		srv := newServer(value(1))
		srv.secret = "locations/europe-west3/secrets/hook-key"
		s := open(t, secretmanager.Config{
			Version: "projects/my-project/locations/europe-west3/secrets/hook-key/versions/latest", Logger: new(lines).logger(), ClientOptions: srv.onSocket(t),
		})
		accepts(t, "open", s, value(1))
	})
}

func TestOpenRefusesNames(t *testing.T) {
	t.Parallel()
	srv := newServer(value(1))
	opts := srv.onSocket(t)
	for _, tt := range []struct{ name, version, field string }{
		{"zero value", "", "Version"},
		{"blank", " ", "Version"},
		{"no version", "projects/my-project/secrets/hook-key", "Version"},
		{"trailing slash", latest + "/", "Version"},
		{"leading slash", "/" + latest, "Version"},
		{"another resource", "projects/my-project/topics/hook-key/versions/latest", "Version"},
		{"another root", "folders/my-project/secrets/hook-key/versions/latest", "Version"},
		{"empty project", "projects//secrets/hook-key/versions/latest", "project"},
		{"dots for a project", "projects/../secrets/hook-key/versions/latest", "project"},
		{"project in capitals", "projects/My-Project/secrets/hook-key/versions/latest", "project"},
		{"project of five", "projects/short/secrets/hook-key/versions/latest", "project"},
		{"empty location", "projects/my-project/locations//secrets/hook-key/versions/latest", "location"},
		{"another host for a location", "projects/my-project/locations/evil.example/secrets/hook-key/versions/latest", "location"},
		{"empty secret", "projects/my-project/secrets//versions/latest", "secret"},
		{"dots for a secret", "projects/my-project/secrets/../versions/latest", "secret"},
		{"blank in a secret", "projects/my-project/secrets/hook key/versions/latest", "secret"},
		{"version zero", "projects/my-project/secrets/hook-key/versions/0", "version"},
		{"version with zeros", "projects/my-project/secrets/hook-key/versions/01", "version"},
		{"dots for a version", "projects/my-project/secrets/hook-key/versions/..", "version"},
		{"percent escape", "projects/my-project/secrets/hook-key/versions/%31", "version"},
		{"line end", latest + "\n", "version"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := secretmanager.Open(t.Context(), secretmanager.Config{Version: tt.version, ClientOptions: opts})
			if err == nil {
				_ = s.Close()
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), tt.field) {
				t.Errorf("error %q does not name the %s", err, tt.field)
			}
		})
	}
	if n := srv.total(); n != 0 {
		t.Errorf("%d calls for malformed names", n)
	}
}

func TestOpenFails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*server, *secretmanager.Config)
		want   string
	}{
		{"no such secret", func(_ *server, c *secretmanager.Config) { c.Version = strings.Replace(latest, "hook-key", "other", 1) }, "NotFound"},
		{"no such version", func(_ *server, c *secretmanager.Config) { c.Version = strings.Replace(latest, "latest", "9", 1) }, "NotFound"},
		{"disabled", func(s *server, _ *secretmanager.Config) { s.disabled[1] = true }, "FailedPrecondition"},
		{"denied", func(s *server, _ *secretmanager.Config) { s.fail = codes.PermissionDenied }, "roles/secretmanager.secretAccessor"},
		{"invalid", func(s *server, _ *secretmanager.Config) { s.fail = codes.InvalidArgument }, "InvalidArgument"},
		{"wrong checksum twice", func(s *server, _ *secretmanager.Config) { s.badSums = 2 }, "checksum"},
		{"no checksum", func(s *server, _ *secretmanager.Config) { s.noSum = true }, "checksum"},
		{"answer for another secret", func(s *server, _ *secretmanager.Config) {
			s.answerAs = "projects/123456789012/secrets/other/versions/1"
		}, "another secret"},
		{"answer from another location", func(s *server, _ *secretmanager.Config) {
			s.answerAs = "projects/123456789012/locations/europe-west3/secrets/hook-key/versions/1"
		}, "another secret"},
		{"answer without a name", func(s *server, _ *secretmanager.Config) { s.answerAs = "x" }, "another secret"},
		{"empty", func(s *server, _ *secretmanager.Config) { s.values[0] = "" }, "is empty"},
		{"over 64 KiB", func(s *server, _ *secretmanager.Config) { s.values[0] = strings.Repeat("ab", 32<<10) + "c" }, "65537 bytes"},
		{"not UTF-8", func(s *server, c *secretmanager.Config) {
			s.values[0], c.Format = value(1)+"\xff", auth.SecretHeader
		}, "not UTF-8"},
		{"no password", func(_ *server, c *secretmanager.Config) { c.Format = auth.SecretUserPassword }, "user:password"},
		{"short", func(s *server, _ *secretmanager.Config) { s.values[0] = "canary" }, "need at least 16"},
		{"unknown format", func(_ *server, c *secretmanager.Config) { c.Format = 9 }, "format"},
		{"unusable credentials", func(_ *server, c *secretmanager.Config) {
			c.ClientOptions = []option.ClientOption{option.WithAPIKey("canary"), option.WithoutAuthentication()}
		}, "client"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(value(1))
			var log lines
			cfg := secretmanager.Config{Version: latest, Logger: log.logger(), ClientOptions: srv.onSocket(t)}
			tt.change(srv, &cfg)
			s, err := secretmanager.Open(t.Context(), cfg)
			if err == nil {
				_ = s.Close()
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error()+log.String(), "canary") {
				t.Errorf("error %q, log %q; want %q and no canary", err, log.String(), tt.want)
			}
		})
	}
}

func TestWrongChecksumIsTriedAgain(t *testing.T) {
	t.Parallel()
	srv := newServer(value(1))
	srv.badSums = 1
	s := open(t, secretmanager.Config{Version: latest, Logger: new(lines).logger(), ClientOptions: srv.onSocket(t)})
	accepts(t, "second try", s, value(1))
	if n := srv.total(); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
}

func TestTrailingNewline(t *testing.T) {
	t.Parallel()
	var log lines
	srv := newServer(value(1) + "\n")
	opts := srv.onSocket(t)
	kept := open(t, secretmanager.Config{Version: latest, Format: auth.SecretHeader, Logger: log.logger(), ClientOptions: opts})
	accepts(t, "kept", kept, value(1)+"\n")
	if text := log.String(); !strings.Contains(text, "newline") || strings.Contains(text, "canary") {
		t.Errorf("log %q, want a warning without the value", text)
	}
	trimmed := open(t, secretmanager.Config{Version: latest, Format: auth.SecretHeader, TrimNewline: true, Logger: new(lines).logger(), ClientOptions: opts})
	accepts(t, "trimmed", trimmed, value(1))
}
