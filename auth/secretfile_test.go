package auth_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cxhook/cxhook/auth"
)

func TestSecretFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "secret")
	write := func(s string) {
		// As a mounted volume does it: whole, under the name at once.
		if err := os.WriteFile(path+".new", []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	write(value(1) + "\n")
	synctest.Test(t, func(t *testing.T) {
		var log lines
		w, err := auth.SecretFile(t.Context(), path, auth.SecretWatchConfig{TrimNewline: true, Logger: log.logger()})
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		accepts(t, "at first", w, value(1))
		write(value(2))
		settle(2 * time.Minute)
		accepts(t, "changed", w, value(2), value(1))
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		settle(2 * time.Hour)
		accepts(t, "gone", w, value(2))
		if text := log.take(); !strings.Contains(text, "level=ERROR") || strings.Contains(text, "of-the-secret") {
			t.Errorf("log %q", text)
		}
	})
}

func TestSecretFileRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, []byte(strings.Repeat("ab", 33<<10)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"no path": "", "missing": filepath.Join(dir, "x"), "a folder": dir, "over 64 KiB": large, "a device": "/dev/zero"} {
		if w, err := auth.SecretFile(t.Context(), path, auth.SecretWatchConfig{}); err == nil {
			w.Close()
			t.Errorf("%s: accepted", name)
		}
	}
	good := filepath.Join(dir, "good")
	if err := os.WriteFile(good, []byte(value(1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]auth.SecretWatchConfig{"a name of its own": {Name: "x"}, "a loader of its own": {Load: newVault(value(1)).load}} {
		if w, err := auth.SecretFile(t.Context(), good, cfg); err == nil {
			w.Close()
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestSecretEnv(t *testing.T) {
	t.Setenv("HOOK_SECRET", value(2))
	t.Setenv("HOOK_SECRET_OLD", value(1))
	t.Setenv("HOOK_EMPTY", "")
	t.Setenv("HOOK_LINE", value(3)+"\n")
	t.Setenv("HOOK_SHORT", "tiny-canary")

	src, err := auth.SecretEnv("HOOK_SECRET", auth.SecretEnvConfig{Previous: "HOOK_SECRET_OLD"})
	if err != nil {
		t.Fatal(err)
	}
	accepts(t, "both", src, value(2), value(1))
	src, err = auth.SecretEnv("HOOK_SECRET", auth.SecretEnvConfig{Previous: "HOOK_SECRET_UNSET"})
	if err != nil {
		t.Fatal(err)
	}
	accepts(t, "no previous one", src, value(2))
	src, err = auth.SecretEnv("HOOK_LINE", auth.SecretEnvConfig{TrimNewline: true})
	if err != nil {
		t.Fatal(err)
	}
	accepts(t, "trimmed", src, value(3))
	src, err = auth.SecretEnv("HOOK_SHORT", auth.SecretEnvConfig{AllowWeak: true})
	if err != nil {
		t.Fatal(err)
	}
	accepts(t, "weak by the word", src, "tiny-canary")

	for name, tt := range map[string]struct {
		variable string
		cfg      auth.SecretEnvConfig
	}{
		"no name":                 {"", auth.SecretEnvConfig{}},
		"unset":                   {"HOOK_UNSET", auth.SecretEnvConfig{}},
		"empty":                   {"HOOK_EMPTY", auth.SecretEnvConfig{AllowWeak: true}},
		"previous empty":          {"HOOK_SECRET", auth.SecretEnvConfig{Previous: "HOOK_EMPTY"}},
		"newline":                 {"HOOK_LINE", auth.SecretEnvConfig{}},
		"short":                   {"HOOK_SHORT", auth.SecretEnvConfig{}},
		"wrong format":            {"HOOK_SECRET", auth.SecretEnvConfig{Format: auth.SecretUserPassword}},
		"format before the first": {"HOOK_SECRET", auth.SecretEnvConfig{Format: auth.SecretKey - 1}},
		"format behind the last":  {"HOOK_SECRET", auth.SecretEnvConfig{Format: auth.SecretClient + 1}},
	} {
		if _, err := auth.SecretEnv(tt.variable, tt.cfg); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: error %v, want one without the value", name, err)
		}
	}
}
