package jetstream_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/cxhook/cxhook/internal/jetstream"
)

// A process can be killed at any point of making a stream. Such a stream never
// held anything, and must not stand in the way of the next start; one with
// records and without a description must.
func TestHalfMadeStreams(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		files map[string]string // below the stream's folder
		want  error
	}{
		{"folders alone", nil, nil},
		{"empty block", map[string]string{"msgs/1.blk": ""}, nil},
		{"description without its checksum", map[string]string{"msgs/1.blk": "", "meta.inf": `{"name": "half"}`}, nil},
		{"records without a description", map[string]string{"msgs/1.blk": "records"}, jetstream.ErrStore},
		{"records without a checksum", map[string]string{"msgs/1.blk": "records", "meta.inf": `{"name": "half"}`}, jetstream.ErrStore},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := freshDir(t)
			conn := open(t, jetstream.Config{Dir: dir, LoseOnPowerCut: true})
			if _, err := conn.EnsureStream(t.Context(), natsjs.StreamConfig{Name: "whole", Subjects: []string{"w"}}); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.JetStream().Publish(t.Context(), "w", []byte("kept")); err != nil {
				t.Fatal(err)
			}
			shut(t, conn)
			half := filepath.Join(dir, "jetstream", "$G", "streams", "half")
			for _, folder := range []string{"msgs", "obs"} {
				if err := os.MkdirAll(filepath.Join(half, folder), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			for name, text := range test.files {
				if err := os.WriteFile(filepath.Join(half, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			conn, err := jetstream.Open(t.Context(), jetstream.Config{Dir: dir, LoseOnPowerCut: true, Logger: new(lines).logger()})
			if !errors.Is(err, test.want) || test.want == nil && err != nil {
				t.Fatalf("Open = %v, want %v", err, test.want)
			}
			if err != nil {
				if _, err := os.Stat(filepath.Join(half, "msgs", "1.blk")); err != nil {
					t.Errorf("the records are gone: %v", err)
				}
				return
			}
			t.Cleanup(func() { shut(t, conn) })
			if stream, err := conn.JetStream().Stream(t.Context(), "whole"); err != nil || stream.CachedInfo().State.Msgs != 1 {
				t.Errorf("the whole stream: %v", err)
			}
			if _, err := conn.EnsureStream(t.Context(), natsjs.StreamConfig{Name: "half", Subjects: []string{"h"}}); err != nil {
				t.Errorf("the stream cannot be made: %v", err)
			}
		})
	}
}
