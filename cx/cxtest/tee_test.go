package cxtest_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/cx/cxtest"
)

// dialed sends a request's text as it is and returns the connection and the
// status of the answer.
func dialed(t *testing.T, url, text string) (net.Conn, string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return conn, strings.TrimSpace(line)
}

// A refusal comes at once: if Record waited for bodies that no one sends, this
// would never end.
func TestRefusalDoesNotWaitForTheBody(t *testing.T) {
	t.Parallel()
	for _, head := range []string{
		"Expect: 100-continue\r\nContent-Length: 5",
		"Content-Length: 1000000",
	} {
		failures := make(chan error, 1)
		url, dir := recording(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusUnauthorized) },
			cxtest.RecordErrors(func(err error) { failures <- err }))
		if _, status := dialed(t, url, "POST / HTTP/1.1\r\nHost: a\r\n"+head+"\r\n\r\n"); status != "HTTP/1.1 401 Unauthorized" {
			t.Errorf("%s: status %q", head, status)
		}
		if n := len(archives(t, dir)); n != 0 || <-failures == nil {
			t.Errorf("%s: %d archives of a request that is not known whole", head, n)
		}
	}
}

// A handler that reads has the client send the body, and that is recorded.
func TestExpectedBodyIsRecorded(t *testing.T) {
	t.Parallel()
	url, dir := recording(t, answerJSON(`{}`))
	send(t, "POST", url, "application/json", `{"x":1}`, "Expect", "100-continue")
	if _, data := only(t, dir); !strings.Contains(data, `"x": 1`) {
		t.Errorf("the archive is\n%s", data)
	}
}

// The server closes the body when it sends the headers: what the handler left
// is read before.
func TestUnreadBodyOfAnAnswerThatIsSentEarly(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"flushed": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "a")
			_ = http.NewResponseController(w).Flush()
		},
		"long": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("a", 5000)) },
	} {
		url, dir := recording(t, h)
		send(t, "POST", url, "application/json", `{"x":1}`)
		if _, data := only(t, dir); !strings.Contains(data, `"x": 1`) {
			t.Errorf("%s: the archive is\n%s", name, data)
		}
	}
}

// A handler that asked for both directions at once reads on while it answers.
func TestFullDuplex(t *testing.T) {
	t.Parallel()
	url, dir := recording(t, func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		if err := rc.EnableFullDuplex(); err != nil {
			t.Error(err)
		}
		fmt.Fprint(w, "first ")
		_ = rc.Flush()
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintf(w, "%s", b)
	})
	conn, status := dialed(t, url, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\n")
	if status != "HTTP/1.1 200 OK" {
		t.Errorf("status %q", status)
	}
	if _, err := io.WriteString(conn, "body"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(conn); err != nil {
		t.Fatal(err)
	}
	if _, data := only(t, dir); !strings.Contains(data, "first body") {
		t.Errorf("the archive is\n%s", data)
	}
}
