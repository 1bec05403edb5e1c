package sessions_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/sessions"
)

func server(t testing.TB, em *emulator.Emulator, opts ...sessions.Option) *sessions.Server {
	t.Helper()
	s, err := sessions.New(em, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// remember sets a parameter in a session; knows asks whether it is still there.
func remember(t testing.TB, s *sessions.Server, id string, ttl time.Duration) {
	t.Helper()
	req := say(id, "hello")
	req.QueryParams = &cxpb.QueryParameters{Parameters: object(t, map[string]any{"guest": "Ada"})}
	if ttl > 0 {
		req.QueryParams.SessionTtl = durationpb.New(ttl)
	}
	if _, err := s.DetectIntent(t.Context(), req); err != nil {
		t.Fatal(err)
	}
}

func knows(t testing.TB, s *sessions.Server, id string) bool {
	t.Helper()
	res, err := s.DetectIntent(t.Context(), say(id, "hello"))
	if err != nil {
		t.Fatal(err)
	}
	return res.GetQueryResult().GetParameters().GetFields()["guest"] != nil
}

func TestTimeToLive(t *testing.T) {
	t.Parallel()
	for what, tt := range map[string]struct {
		ttl   time.Duration
		idle  []time.Duration // the session is asked after each
		lives bool
	}{
		"half an hour":             {0, []time.Duration{30*time.Minute - 1}, true},
		"over half an hour":        {0, []time.Duration{30 * time.Minute}, false},
		"it counts from the last":  {0, []time.Duration{20 * time.Minute, 20 * time.Minute}, true},
		"a shorter life":           {time.Minute, []time.Duration{time.Minute}, false},
		"a day":                    {24 * time.Hour, []time.Duration{24*time.Hour - 1}, true},
		"a life holds for further": {2 * time.Hour, []time.Duration{time.Hour, time.Hour, time.Hour}, true},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			em := emulate(t, nil)
			synctest.Test(t, func(t *testing.T) {
				s := server(t, em)
				remember(t, s, "a", tt.ttl)
				lives := true
				for _, d := range tt.idle {
					time.Sleep(d)
					lives = knows(t, s, "a")
				}
				if lives != tt.lives {
					t.Errorf("after %v idle the session lives: %v, want %v", tt.idle, lives, tt.lives)
				}
			})
		})
	}
}

// A full server refuses new sessions, serves those that live, and takes new
// ones when one has expired.
func TestNumberOfSessions(t *testing.T) {
	t.Parallel()
	em := emulate(t, nil)
	synctest.Test(t, func(t *testing.T) {
		s := server(t, em, sessions.WithMaxSessions(3))
		for i := range 3 {
			remember(t, s, fmt.Sprint(i), time.Duration(10*(3-i))*time.Minute)
		}
		_, err := s.DetectIntent(t.Context(), say("3", "hello"))
		if st := status.Convert(err); st.Code() != codes.ResourceExhausted || !strings.Contains(st.Message(), "3 sessions live, at most 3") {
			t.Errorf("the fourth session: %v", err)
		}
		if !knows(t, s, "0") {
			t.Error("a session was dropped for the one that was refused")
		}
		time.Sleep(10 * time.Minute) // the third one's life
		if knows(t, s, "3") || !knows(t, s, "1") {
			t.Error("the fourth session took the place of another one than the expired")
		}
	})
}

// A session does not expire while its turn runs, however long its webhook
// takes, and its next turn waits. A client that gives up waiting is told so.
func TestTurnsWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(4 * time.Second)
			office(w, r)
		})
		s := server(t, emulate(t, slow))
		remember(t, s, "a", time.Second)
		var wg sync.WaitGroup
		wg.Go(func() {
			res, err := s.DetectIntent(t.Context(), say("a", "what does rye cost"))
			if err != nil || !slices.Equal(texts(res.GetQueryResult()), []string{"One costs 300."}) {
				t.Errorf("the slow turn: %v, %v", res.GetQueryResult(), err)
			}
		})
		time.Sleep(time.Second)
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if _, err := s.DetectIntent(ctx, say("a", "hello")); status.Code(err) != codes.DeadlineExceeded {
			t.Errorf("a client that waits for a second: %v", err)
		}
		if !knows(t, s, "a") {
			t.Error("the session expired during its turn")
		}
		wg.Wait()
	})
}

// A client that gives up during a webhook call gets the code of its context.
func TestClientGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := server(t, emulate(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // only then the context learns of the connection
			<-r.Context().Done()
		})))
		ctx, stop := context.WithCancel(t.Context())
		go func() {
			time.Sleep(time.Second)
			stop()
		}()
		if _, err := s.DetectIntent(ctx, say("a", "it was stale")); status.Code(err) != codes.Canceled {
			t.Errorf("cancelled: %v", err)
		}
		ctx, stop = context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if _, err := s.DetectIntent(ctx, say("a", "it was stale")); status.Code(err) != codes.DeadlineExceeded {
			t.Errorf("out of time: %v", err)
		}
		if _, err := s.DetectIntent(t.Context(), say("a", "hello")); err != nil {
			t.Errorf("the session afterwards: %v", err)
		}
	})
}

// brokenMatcher fails with a text that only the log may show.
type brokenMatcher struct{}

func (brokenMatcher) Match(context.Context, *emulator.Utterance) (emulator.IntentMatch, bool, error) {
	return emulator.IntentMatch{}, false, fmt.Errorf("the key of the model is k-17: %w", context.DeadlineExceeded)
}

func (brokenMatcher) Fill(context.Context, *emulator.Utterance, []emulator.FormSlot) (map[string]emulator.Slot, error) {
	return nil, nil
}

// The log tells of each turn and of failures, and holds nothing that the user
// said; the cause of an internal error stands there alone.
func TestLog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := sessions.WithLogger(slog.New(slog.NewTextHandler(&out, nil)))
	s := server(t, emulate(t, nil), log)
	req := say("a", "some rye please")
	req.QueryParams = &cxpb.QueryParameters{Parameters: object(t, map[string]any{"pin": "secret-4711", "count": 1})}
	if _, err := s.DetectIntent(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DetectIntent(t.Context(), &cxpb.DetectIntentRequest{Session: "nobody"}); err == nil {
		t.Error("no error for a bad name")
	}
	_, err := server(t, emulate(t, nil, emulator.WithMatcher(brokenMatcher{})), log).DetectIntent(t.Context(), say("a", "hello"))
	if st := status.Convert(err); st.Code() != codes.Internal || strings.Contains(st.Message(), "k-17") {
		t.Errorf("a matcher that fails: %v, want Internal without the cause", err)
	}
	for _, want := range []string{"session=a", "intent=order", "page=Ordered", "event=webhook.error.not-found", "nobody", "k-17"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, out.String())
		}
	}
	for _, secret := range []string{"4711", "some rye"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, out.String())
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	em := emulate(t, nil)
	for what, o := range map[string]sessions.Option{
		"no agent": sessions.WithAgentName("agents/a"), "a session": sessions.WithAgentName(name + "/sessions/a"),
		"no session": sessions.WithMaxSessions(0), "no logger": sessions.WithLogger(nil),
	} {
		if _, err := sessions.New(em, o); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}
