package cx_test

import (
	"errors"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/cx"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"
)

// partTest is an answer made of parts, and the JSON of the WebhookResponse that
// the API's reference wants for it.
type partTest struct {
	name  string
	parts []cx.Part
	want  string
}

func testParts(t *testing.T, tests []partTest) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := cx.Respond(tt.parts...)
			if err != nil {
				t.Fatal(err)
			}
			want := new(cxpb.WebhookResponse)
			if err := protojson.Unmarshal([]byte(tt.want), want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
				t.Errorf("answer differs (-want +got):\n%s", diff)
			}
			if err := cx.Validate(got); err != nil {
				t.Errorf("Validate refuses what Respond made: %v", err)
			}
		})
	}
}

// faultTest is an answer that one part spoils.
type faultTest struct {
	name  string
	parts []cx.Part
	want  error
	index int
	kind  string
	path  string
}

func testFaults(t *testing.T, tests []faultTest) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := cx.Respond(tt.parts...)
			if got != nil || !errors.Is(err, tt.want) {
				t.Fatalf("have %v, %v; want nothing and %v", got, err, tt.want)
			}
			part, ok := errors.AsType[*cx.PartError](err)
			if !ok {
				t.Fatalf("%v is no PartError", err)
			}
			if part.Index != tt.index || part.Kind != tt.kind {
				t.Errorf("part %d (%s) is blamed, want %d (%s): %v", part.Index, part.Kind, tt.index, tt.kind, err)
			}
			f, ok := errors.AsType[*cx.Fault](err)
			if !ok {
				t.Fatalf("%v is no Fault", err)
			}
			if f.Path != tt.path {
				t.Errorf("path is %s, want %s", f.Path, tt.path)
			}
		})
	}
}

// part is a part of the user's own.
func part(f func(*cxpb.WebhookResponse)) cx.Part {
	return func(resp *cxpb.WebhookResponse) error {
		f(resp)
		return nil
	}
}
