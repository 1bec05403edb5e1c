package jetstream

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"

	"github.com/nats-io/nats.go"
)

// clusterReplicas is how many copies a stream has in a cluster by default: the
// least number that survives the loss of a server.
const clusterReplicas = 3

// defaultMaxMemory bounds streams in memory of the embedded server. Nothing in
// this module makes one.
const defaultMaxMemory = 64 << 20

// Config says where JetStream is. Exactly one of Dir and URL is set.
type Config struct {
	// Dir is the directory of the embedded server. It is made with mode 0700 if
	// it is missing, and refused if others than its owner may enter it.
	Dir string
	// URL lists the servers of a cluster, separated by commas: nats://a,nats://b,
	// or tls:// for TLS.
	URL string
	// Options go to the client of URL: credentials, TLS, name.
	Options []nats.Option
	// Replicas is the number of copies of each stream, 1 to 5. Zero means 1 when
	// embedded or when the server stands alone, and otherwise 3 for new streams
	// and no change for those that exist.
	Replicas int
	// MaxStore bounds the bytes in Dir. Zero means the space that is free there
	// at the start.
	MaxStore int64
	// MaxMemory bounds the bytes of streams kept in memory by the embedded
	// server; 64 MiB by default.
	MaxMemory int64
	// LoseOnPowerCut leaves flushing to the operating system. It is for
	// measurements of what flushing costs and for tests that show what it saves.
	LoseOnPowerCut bool
	// Logger gets the server's warnings and errors, its notices as debug lines,
	// and what happens to the connection. The default is slog.Default().
	Logger *slog.Logger
}

// Errors that a caller of Open may want to tell apart.
var (
	// ErrConfig is a configuration that cannot be meant.
	ErrConfig = errors.New("jetstream: bad configuration")
	// ErrInUse is a directory that another process, or another Conn, has open.
	ErrInUse = errors.New("jetstream: directory is in use")
	// ErrDir is a directory that cannot be used.
	ErrDir = errors.New("jetstream: unusable directory")
	// ErrStore is a store that could not be read back completely.
	ErrStore = errors.New("jetstream: damaged store")
	// ErrConnect is a cluster that could not be reached or refused the client.
	ErrConnect = errors.New("jetstream: no connection")
	// ErrNotEnabled is a server or an account without JetStream.
	ErrNotEnabled = errors.New("jetstream: not enabled")
)

func (c *Config) check() error {
	switch {
	case c.Dir == "" && c.URL == "":
		return fmt.Errorf("%w: neither a directory nor a URL is given", ErrConfig)
	case c.Dir != "" && c.URL != "":
		return fmt.Errorf("%w: a directory and a URL are given, want one of both", ErrConfig)
	case c.Replicas < 0 || c.Replicas > 5:
		return fmt.Errorf("%w: %d replicas, want 1 to 5", ErrConfig, c.Replicas)
	case c.Dir != "" && c.Replicas > 1:
		return fmt.Errorf("%w: %d replicas in one directory, want 1", ErrConfig, c.Replicas)
	case c.Dir != "" && len(c.Options) > 0:
		return fmt.Errorf("%w: client options without a URL", ErrConfig)
	case c.MaxStore < 0 || c.MaxMemory < 0:
		return fmt.Errorf("%w: limits of %d and %d bytes, want none below 0", ErrConfig, c.MaxStore, c.MaxMemory)
	}
	if c.URL != "" {
		_, err := hosts(c.URL)
		return err
	}
	return nil
}

// hosts returns the servers of a list of URLs without their credentials. Its
// errors do not repeat the text, which may hold a password.
func hosts(list string) (string, error) {
	var names []string
	for i, text := range strings.Split(list, ",") {
		text = strings.TrimSpace(text)
		if !strings.Contains(text, "://") {
			text = "nats://" + text
		}
		u, err := url.Parse(text)
		if err != nil || u.Host == "" {
			return "", fmt.Errorf("%w: server %d of the list is not a URL with a host", ErrConfig, i+1)
		}
		switch u.Scheme {
		case "nats", "tls", "ws", "wss":
			names = append(names, u.Scheme+"://"+u.Host)
		default:
			return "", fmt.Errorf("%w: server %d of the list has the scheme %q, want nats, tls, ws or wss", ErrConfig, i+1, u.Scheme)
		}
	}
	return strings.Join(names, ","), nil
}

// warnOnCloudRun says once that a store in an instance of Cloud Run is not
// durable, whatever the configuration promises.
func (c *Config) warnOnCloudRun() {
	service := os.Getenv("K_SERVICE")
	if service == "" || c.Dir == "" {
		return
	}
	c.Logger.Warn("jetstream: the store lives and dies with this instance of Cloud Run: its disk is memory, instances share nothing, "+
		"and the CPU is withdrawn after the answer; use a cluster by URL or a push queue", "service", service, "dir", c.Dir)
}
