package cxtest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx/cxtest"
)

// recording serves h behind Record and returns its URL and the folder.
func recording(t *testing.T, h http.HandlerFunc, opts ...cxtest.RecordOption) (url, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "new")
	opts = append([]cxtest.RecordOption{cxtest.RecordErrors(func(err error) { t.Errorf("not recorded: %v", err) })}, opts...)
	record, err := cxtest.Record(dir, opts...)
	if err != nil {
		t.Fatal(err)
	}
	recorded, served := record(h), &sync.WaitGroup{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served.Add(1) // before the client can have an answer
		defer served.Done()
		recorded.ServeHTTP(w, r)
	}))
	running.Store(dir, served)
	t.Cleanup(func() {
		srv.Close()
		running.Delete(dir)
	})
	return srv.URL, dir
}

// running holds for each folder a *sync.WaitGroup of the exchanges that are
// being recorded: a client may have its answer before the archive is written.
var running sync.Map

// settled waits until what was answered is recorded.
func settled(dir string) {
	if served, ok := running.Load(dir); ok {
		served.(*sync.WaitGroup).Wait()
	}
}

func send(t *testing.T, method, url, contentType, body string, header ...string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("User-Agent", "test")
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// archives returns the content of the files in dir by name.
func archives(t *testing.T, dir string) map[string]string {
	t.Helper()
	settled(dir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(data)
	}
	return files
}

// only returns the single archive of dir.
func only(t *testing.T, dir string) (name, data string) {
	t.Helper()
	files := archives(t, dir)
	if len(files) != 1 {
		t.Fatalf("%d archives, want 1: %v", len(files), files)
	}
	for name, data = range files {
	}
	return name, data
}

func answerJSON(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}
}

func TestArchiveIsReadable(t *testing.T) {
	t.Parallel()
	url, dir := recording(t, answerJSON(`{"sessionInfo":{"parameters":{"b":9007199254740993,"a":"größer <b>"}}}`))
	send(t, "POST", url+"/webhook?x=1", "application/json", `{"fulfillmentInfo":{"tag":"Order Status"},"text":"hi"}`, "Authorization", "Bearer secret-token", "X-Trace", "7")
	name, data := only(t, dir)
	if !strings.HasPrefix(name, "order-status-") || !strings.HasSuffix(name, ".txtar") {
		t.Errorf("name %q", name)
	}
	want := `-- request --
POST /webhook?x=1 HTTP/1.1
Host: ` + strings.TrimPrefix(url, "http://") + `
Accept-Encoding: gzip
Content-Type: application/json
User-Agent: test
X-Trace: 7
-- request.json --
{
  "fulfillmentInfo": {
    "tag": "Order Status"
  },
  "text": "hi"
}
-- response --
HTTP/1.1 200 OK
Content-Type: application/json
-- response.json --
{
  "sessionInfo": {
    "parameters": {
      "b": 9007199254740993,
      "a": "größer <b>"
    }
  }
}
`
	if diff := cmp.Diff(want, data); diff != "" {
		t.Errorf("archive (-want +got):\n%s", diff)
	}
}

// The handler sees the request that came, and the client the answer that was
// given, whatever is recorded.
func TestRecordChangesNothing(t *testing.T) {
	t.Parallel()
	body := `{"pin": "1234",   "x": [1]}`
	var seen string
	url, dir := recording(t, func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		seen = fmt.Sprintf("%s %v %d %s %s", b, err, r.ContentLength, r.Header.Get("Authorization"), r.RequestURI)
		r.Header.Set("X-Late", "1")
		w.Header().Set("X-A", "1")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusCreated)
		w.Header().Set("X-B", "2")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("Flush: %v", err)
		}
		if _, ok := w.(http.Flusher); !ok {
			t.Error("the writer is no Flusher any more")
		}
		_, _ = io.WriteString(w, " {\"pin\":\"1234\"}\n")
	}, cxtest.RemoveParams("pin"))
	answer := send(t, "POST", url+"/a", "application/json", body, "Authorization", "Key k-1234-k")
	if want := fmt.Sprintf("%s <nil> %d Key k-1234-k /a", body, len(body)); seen != want {
		t.Errorf("the handler saw %q, want %q", seen, want)
	}
	if answer != " {\"pin\":\"1234\"}\n" {
		t.Errorf("the client got %q", answer)
	}
	_, data := only(t, dir)
	if strings.Contains(data, "X-Late") {
		t.Errorf("the archive holds a header that did not come:\n%s", data)
	}
	for _, text := range []string{"HTTP/1.1 201 Created\nX-A: 1\n--", `"pin": "REMOVED"`} {
		if !strings.Contains(data, text) {
			t.Errorf("the archive lacks %q:\n%s", text, data)
		}
	}
}

func TestUnreadBodyIsRecorded(t *testing.T) {
	t.Parallel()
	url, dir := recording(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	send(t, "POST", url+"/a/b", "application/json", `{"x":1}`)
	name, data := only(t, dir)
	if !strings.HasPrefix(name, "post-a-b-") || !strings.Contains(data, `"x": 1`) || !strings.Contains(data, "HTTP/1.1 401 Unauthorized") {
		t.Errorf("archive %s:\n%s", name, data)
	}
}

func TestArchivesAreNotOverwritten(t *testing.T) {
	t.Parallel()
	answer := `{"n":1}`
	var failure error
	h := func(w http.ResponseWriter, r *http.Request) { answerJSON(answer)(w, r) }
	url, dir := recording(t, h, cxtest.RecordErrors(func(err error) { failure = err }))
	send(t, "POST", url, "application/json", `{}`)
	name, first := only(t, dir)
	send(t, "POST", url, "application/json", `{}`)
	if failure != nil {
		t.Errorf("the same exchange again: %v", failure)
	}
	answer = `{"n":2}`
	send(t, "POST", url, "application/json", `{}`)
	if again, data := only(t, dir); !errors.Is(failure, cxtest.ErrExists) || data != first || again != name {
		t.Errorf("failure %v, want ErrExists; archive %s:\n%s", failure, again, data)
	}
	record, err := cxtest.Record(dir, cxtest.Overwrite())
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(record(http.HandlerFunc(h)))
	t.Cleanup(srv.Close)
	send(t, "POST", srv.URL, "application/json", `{}`, "X-Forwarded-Host", "x")
	if len(archives(t, dir)) != 1 || !strings.Contains(archives(t, dir)[name], `"n": 2`) {
		t.Errorf("Overwrite left %v", archives(t, dir))
	}
}

// Of several answers to the same request one is kept, whichever is first.
func TestConcurrentAnswersAreNotOverwritten(t *testing.T) {
	t.Parallel()
	var n, refused atomic.Int32
	url, dir := recording(t, func(w http.ResponseWriter, r *http.Request) {
		answerJSON(fmt.Sprintf(`{"n":%d}`, n.Add(1)))(w, r)
	}, cxtest.RecordErrors(func(err error) {
		if errors.Is(err, cxtest.ErrExists) {
			refused.Add(1)
		}
	}))
	const calls = 50
	var wg sync.WaitGroup
	for range calls {
		wg.Go(func() { send(t, "POST", url, "application/json", `{}`) })
	}
	wg.Wait()
	if only(t, dir); refused.Load() != calls-1 {
		t.Errorf("%d of %d answers were refused, want all but one", refused.Load(), calls)
	}
}

func TestRecordIsSafeUnderConcurrency(t *testing.T) {
	t.Parallel()
	url, dir := recording(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(b)
	})
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			body := fmt.Sprintf(`{"n":%d,"long":%q}`, i%10, strings.Repeat("x", 20_000))
			if got := send(t, "POST", url, "application/json", body); got != body {
				t.Errorf("call %d got another answer", i)
			}
		})
	}
	wg.Wait()
	files := archives(t, dir)
	if len(files) != 10 {
		t.Errorf("%d archives of 10 different requests", len(files))
	}
	for name, data := range files {
		e, err := cxtest.ParseExchange([]byte(data))
		if err != nil || string(e.RequestBody) != string(e.ResponseBody) {
			t.Errorf("%s: %v, or the answer of another request", name, err)
		}
	}
}
