package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/auth"
)

const secret = "whsec_an-example-secret-of-32-characters"

// start runs the office until the test ends or the returned function is called.
func start(t *testing.T, dir string) (addr string, stop func()) {
	t.Helper()
	env := map[string]string{"PORT": "0", "STRIPE_SECRET": secret, "DATA_DIR": dir}
	ctx, cancel := context.WithCancel(t.Context())
	started, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- run(ctx, func(name string) string { return env[name] }, func(a string) { started <- a })
	}()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run = %v", err)
		}
	}
	t.Cleanup(stop)
	select {
	case addr = <-started:
	case err := <-ended:
		stopped = true
		t.Fatalf("run = %v", err)
	}
	return addr, stop
}

func do(t *testing.T, method, url, body string, edit func(*http.Request)) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// pay sends an event of the payment house, signed with the key, and again while
// it is told to come later.
func pay(t *testing.T, addr, key, id, kind, session string) int {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		if code := payOnce(t, addr, key, id, kind, session); code != http.StatusServiceUnavailable || time.Now().After(end) {
			return code
		}
	}
}

func payOnce(t *testing.T, addr, key, id, kind, session string) int {
	t.Helper()
	signer, err := auth.NewSignatureSigner(auth.SignatureSignerConfig{Scheme: auth.StripeSignature(), Secret: auth.NewSecret(key)})
	if err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"id": %q, "type": %q, "data": {"object": {"amount": 1200, "currency": "eur", "metadata": {"session": %q}}}}`, id, kind, session)
	code, _ := do(t, http.MethodPost, "http://"+addr+"/webhook/stripe", body, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/json")
		if err := signer.Sign(r, []byte(body)); err != nil {
			t.Fatal(err)
		}
	})
	return code
}

// heard waits until the agent has said something unasked.
func heard(t *testing.T, addr, session string) string {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(time.Minute); ; {
		if _, text := do(t, http.MethodGet, "http://"+addr+"/chat/"+session, "", nil); text != "" {
			return text
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("the agent says nothing")
		}
	}
}

const thanks = "Your payment of 12 EUR has arrived.\nHere is your ticket. Enjoy the concert!\n"

func TestPaymentMovesTheConversationOn(t *testing.T) {
	t.Parallel()
	addr, _ := start(t, filepath.Join(t.TempDir(), "data"))
	say := func(text string) string {
		code, answer := do(t, http.MethodPost, "http://"+addr+"/chat/anna", text, nil)
		if code != http.StatusOK {
			t.Fatalf("status %d", code)
		}
		return answer
	}
	conversation := []string{
		say("good day"), say("a ticket please"), say("have I paid"),
	}
	if code := pay(t, addr, "whsec_another-secret-of-32-characters", "evt_0", succeeded, "anna"); code != http.StatusUnauthorized {
		t.Errorf("a forged payment is answered %d, want 401", code)
	}
	if code := pay(t, addr, secret, "evt_1", failed, "anna"); code != http.StatusOK {
		t.Errorf("status %d, want 200", code)
	}
	conversation = append(conversation, heard(t, addr, "anna"))
	for range 3 { // the payment house repeats itself
		if code := pay(t, addr, secret, "evt_2", succeeded, "anna"); code != http.StatusOK {
			t.Errorf("status %d, want 200", code)
		}
	}
	conversation = append(conversation, heard(t, addr, "anna"), say("have I paid"))
	// What is behind evt_2 in the same order shows that nothing more was told.
	if code := pay(t, addr, secret, "evt_3", "payment_intent.created", "anna"); code != http.StatusOK {
		t.Errorf("an event of no interest is answered %d, want 200", code)
	}
	_, rest := do(t, http.MethodGet, "http://"+addr+"/chat/anna", "", nil)
	conversation = append(conversation, rest)
	want := []string{
		"I sell tickets. Shall I?\n", "That is 12 euros. I wait for your payment.\n", "No payment yet.\n",
		"Your bank refused the payment. I still wait.\n", thanks, "You have paid 12 EUR.\n", "",
	}
	if diff := cmp.Diff(want, conversation); diff != "" {
		t.Errorf("conversation (-want +got):\n%s", diff)
	}
}

// A restart keeps what was recorded, and knows what was done.
func TestRestartKeepsWhatWasDone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	addr, stop := start(t, dir)
	do(t, http.MethodPost, "http://"+addr+"/chat/bob", "a ticket please", nil)
	pay(t, addr, secret, "evt_1", succeeded, "bob")
	if got := heard(t, addr, "bob"); got != thanks {
		t.Errorf("the agent says %q, want %q", got, thanks)
	}
	stop()
	addr, _ = start(t, dir)
	do(t, http.MethodPost, "http://"+addr+"/chat/bob", "a ticket please", nil)
	if code := pay(t, addr, secret, "evt_1", succeeded, "bob"); code != http.StatusOK {
		t.Errorf("the repeated event is answered %d, want 200", code)
	}
	pay(t, addr, secret, "evt_2", failed, "bob") // of the same order, so behind it
	if got, want := heard(t, addr, "bob"), "Your bank refused the payment. I still wait.\n"; got != want {
		t.Errorf("the agent says %q, want %q", got, want)
	}
}

func TestStartNeedsASecret(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	err := run(t.Context(), func(name string) string { return map[string]string{"PORT": "0", "DATA_DIR": dir}[name] }, func(string) {})
	if err == nil || !strings.Contains(err.Error(), "STRIPE_SECRET") {
		t.Errorf("run = %v, want an error that names STRIPE_SECRET", err)
	}
}

// The README's lines do what they say.
func TestReadmeLines(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"sh", "curl", "openssl", "sed", "date"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CXHOOK_CI") != "" {
				t.Fatal(err)
			}
			t.Skipf("the lines need %s: %v", tool, err)
		}
	}
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(readme), "```sh\ncurl localhost:8080/chat/anna")
	script, _, ended := strings.Cut(rest, "```")
	if !ok || !ended || !strings.Contains(string(readme), "STRIPE_SECRET="+secret) {
		t.Fatal("the README has no lines for the payments example")
	}
	script = "curl localhost:8080/chat/anna" + script
	last := strings.LastIndex(strings.TrimSpace(script), "\n")
	addr, _ := start(t, filepath.Join(t.TempDir(), "data"))
	cmd := exec.CommandContext(t.Context(), "sh", "-ec", strings.ReplaceAll(script[:last], "localhost:8080", addr))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got, want := string(out), "That is 12 euros. I wait for your payment.\nok"; got != want {
		t.Errorf("the lines print %q, want %q", got, want)
	}
	if got, want := strings.TrimSpace(script[last:]), "curl localhost:8080/chat/anna"; got != want {
		t.Errorf("the last line is %q, want %q", got, want)
	}
	if got := heard(t, addr, "anna"); got != thanks {
		t.Errorf("the agent says %q, want %q", got, thanks)
	}
}
