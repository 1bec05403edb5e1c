package secretmanager

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"time"

	smapi "cloud.google.com/go/secretmanager/apiv1"
	smpb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cxhook/cxhook/auth"
)

// checksumTries is how often a payload is fetched whose checksum is wrong.
const checksumTries = 2

// Config configures [Open]. Version must be set; the zero value is refused.
type Config struct {
	// Version is the resource name: projects/P/secrets/S/versions/V, or with
	// locations/L behind the project for a regional secret. P is an id or a
	// number, V a number, an alias, or latest.
	Version string
	// Format is what the secret holds.
	Format auth.SecretFormat
	// TrimNewline takes one line end off the value, as echo writes it.
	// Dialogflow takes none off.
	TrimNewline bool
	// AllowWeak accepts values of less than auth.MinSecretBytes bytes.
	AllowWeak bool
	// Interval, Overlap, MaxStale and Timeout are those of
	// auth.SecretWatchConfig, with the same defaults.
	Interval, Overlap, MaxStale, Timeout time.Duration
	// Logger is told of rotations and failures, never a value; the default is
	// slog.Default().
	Logger *slog.Logger
	// ClientOptions are for the client of Secret Manager: credentials, or the
	// endpoint of a stand-in. The default credentials of the environment are
	// used without them, and the endpoint of the location for a regional
	// secret.
	ClientOptions []option.ClientOption
}

// Secret is a secret kept up to date in the background. It is an
// auth.SecretSource and safe for concurrent use.
type Secret struct {
	*auth.SecretWatch
	client *smapi.Client
}

// Open loads the secret and goes on in the background until ctx ends or Close
// is called.
func Open(ctx context.Context, cfg Config) (*Secret, error) {
	name, err := parseVersion(cfg.Version)
	if err != nil {
		return nil, err
	}
	opts := cfg.ClientOptions
	if e := name.endpoint(); e != "" {
		opts = append([]option.ClientOption{option.WithEndpoint(e)}, opts...)
	}
	client, err := smapi.NewClient(ctx, opts...)
	if err != nil {
		return nil, fmt.Errorf("secretmanager: client: %w", err)
	}
	client.CallOptions.AccessSecretVersion = nil // the watch tries again by its own rules
	r := reader{client: client, name: name}
	watch, err := auth.NewSecretWatch(ctx, auth.SecretWatchConfig{
		Name: cfg.Version, Load: r.load, Recheck: r.recheck,
		Format: cfg.Format, TrimNewline: cfg.TrimNewline, AllowWeak: cfg.AllowWeak,
		Interval: cfg.Interval, Overlap: cfg.Overlap, MaxStale: cfg.MaxStale, Timeout: cfg.Timeout,
		Logger: cfg.Logger,
	})
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return &Secret{watch, client}, nil
}

// Close ends the background loads and the connection. The last values stay
// until they are too old.
func (s *Secret) Close() error {
	s.SecretWatch.Close()
	return s.client.Close()
}

type reader struct {
	client *smapi.Client
	name   versionName
}

// load fetches the configured version.
func (r reader) load(ctx context.Context) (auth.Secret, error) { return r.access(ctx, r.name) }

// recheck fetches the version that s was loaded from.
func (r reader) recheck(ctx context.Context, s auth.Secret) error {
	_, err := r.access(ctx, r.name.at(s.Label()))
	return err
}

func (r reader) access(ctx context.Context, name versionName) (auth.Secret, error) {
	for range checksumTries {
		resp, err := r.client.AccessSecretVersion(ctx, &smpb.AccessSecretVersionRequest{Name: name.String()})
		if err != nil {
			return auth.Secret{}, accessError(name, err)
		}
		found, _ := parseVersion(resp.GetName()) // no secret's, if it is malformed
		if found.secret != name.secret || found.location != name.location {
			return auth.Secret{}, fmt.Errorf("secretmanager: access to %s was answered for another secret", name)
		}
		data := resp.GetPayload().GetData()
		if sum := resp.GetPayload().DataCrc32C; sum != nil && *sum == int64(crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))) {
			return auth.NewSecret(string(data)).WithLabel(found.version), nil
		}
	}
	return auth.Secret{}, fmt.Errorf("secretmanager: checksum of %s is missing or wrong, %d times", name, checksumTries)
}

// accessError says what a failed access means. The text of the service is left
// out: it is not ours to log.
func accessError(name versionName, err error) error {
	code := status.Code(err)
	switch code {
	case codes.NotFound, codes.FailedPrecondition:
		return fmt.Errorf("%w: secretmanager: access to %s: %s, the version is missing, disabled or destroyed", auth.ErrSecretRevoked, name, code)
	case codes.PermissionDenied:
		return fmt.Errorf("secretmanager: access to %s: %s, the role roles/secretmanager.secretAccessor is missing", name, code)
	case codes.InvalidArgument, codes.Unimplemented, codes.OutOfRange:
		return fmt.Errorf("secretmanager: access to %s: %s", name, code)
	}
	// Unauthenticated among them: it is also what a source of tokens that is
	// down looks like.
	return fmt.Errorf("%w: secretmanager: access to %s: %s", auth.ErrSecretUnavailable, name, code)
}
