package auth_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/auth"
)

const canary = "canary-4f1d9e2b7c60a853"

// holder keeps a secret where fmt may not call its methods: in an unexported
// field.
type holder struct {
	Public auth.Secret
	hidden auth.Secret
	list   []auth.Secret
}

func TestSecretNeverPrints(t *testing.T) {
	t.Parallel()
	s := auth.NewSecret(canary).WithLabel("7")
	h := holder{Public: s, hidden: s, list: []auth.Secret{s}}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("text", "secret", s, "holder", h, "pointer", &h)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("json", "secret", s, "holder", h, "pointer", &h)

	printed := map[string]string{"slog": log.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%t", "%-40.3v"} {
		printed["fmt "+verb] = fmt.Sprintf(strings.Repeat(verb+" ", 6), s, &s, h, &h, h.list, map[string]any{"k": s})
	}
	printed["error"] = fmt.Errorf("wrapped %w and %v", errors.New("x"), s).Error()
	j, err := json.Marshal(map[string]any{"s": s, "h": h, "p": &s})
	if err != nil {
		t.Fatal(err)
	}
	printed["json"] = string(j)
	x, err := xml.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	printed["xml"] = string(x)
	func() {
		defer func() { printed["panic"] = fmt.Sprint(recover()) }()
		panic(s)
	}()

	decimals := strings.Trim(fmt.Sprint([]byte(canary)), "[]")
	hexed := fmt.Sprintf("%x", canary)
	for where, text := range printed {
		for _, trace := range []string{canary, hexed, strings.ToUpper(hexed), decimals} {
			if strings.Contains(text, trace) {
				t.Errorf("%s shows the secret: %s", where, text)
			}
		}
	}
	if err := gob.NewEncoder(&log).Encode(s); err == nil {
		t.Error("gob stored a secret")
	}
}

func TestSecretEqual(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name             string
		value, candidate string
		want             bool
	}{
		{"the same", canary, canary, true},
		{"last byte", canary, canary[:len(canary)-1] + "4", false},
		{"first byte", canary, "C" + canary[1:], false},
		{"shorter", canary, canary[:len(canary)-1], false},
		{"longer", canary, canary + "0", false},
		{"trailing newline counts", canary, canary + "\n", false},
		{"bytes outside UTF-8 are compared as they are", "\xff\x00\xfe", "\xff\x00\xfe", true},
		{"empty equals nothing", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := auth.NewSecret(tt.value).Equal([]byte(tt.candidate)); got != tt.want {
				t.Errorf("Equal = %t, want %t", got, tt.want)
			}
		})
	}
	if (auth.Secret{}).Equal(nil) {
		t.Error("the zero secret equals nil")
	}
}

func TestSecretBytesIsACopy(t *testing.T) {
	t.Parallel()
	s := auth.NewSecret(canary)
	s.Bytes()[0] = 'X'
	if !s.Equal([]byte(canary)) {
		t.Error("changing the bytes changed the secret")
	}
}

type downSource struct{}

func (downSource) Secrets() ([]auth.Secret, error) {
	return nil, fmt.Errorf("%w: no answer", auth.ErrSecretUnavailable)
}

func TestJoinSecrets(t *testing.T) {
	t.Parallel()
	two := auth.FixedSecrets("first", "second")
	tests := []struct {
		name    string
		src     auth.SecretSource
		want    []string
		wantErr error
	}{
		{"order is kept", auth.JoinSecrets(two, auth.FixedSecrets("third")), []string{"first", "second", "third"}, nil},
		{"one is down", auth.JoinSecrets(downSource{}, two), []string{"first", "second"}, nil},
		{"all are down", auth.JoinSecrets(downSource{}, downSource{}), nil, auth.ErrSecretUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := tt.src.Secrets()
			if !errors.Is(err, tt.wantErr) {
				t.Fatalf("error %v, want %v", err, tt.wantErr)
			}
			var values []string
			for _, s := range got {
				values = append(values, string(s.Bytes()))
			}
			if fmt.Sprint(values) != fmt.Sprint(tt.want) {
				t.Errorf("values %q, want %q", values, tt.want)
			}
		})
	}
	if _, err := auth.JoinSecrets(nil).Secrets(); err == nil || errors.Is(err, auth.ErrSecretUnavailable) {
		t.Errorf("a nil source among the joined: error %v, want a lasting one", err)
	}
}
