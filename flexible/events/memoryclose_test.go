package events_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cxhook/cxhook/flexible/events"
)

// Close works off what is queued, with one more try for what waits in a pause,
// and then Work ends by itself.
func TestCloseFlushes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := memoryQueue(t, events.MemoryQueueConfig{Workers: 1, MinBackoff: time.Hour})
		ended := make(chan error, 1)
		go func() {
			ended <- q.Work(context.Background(), func(_ context.Context, d events.Delivery) error {
				time.Sleep(time.Second)
				if d.ID == "again" && d.Attempt == 1 {
					return errors.New("not yet")
				}
				return nil
			})
		}()
		publish(t, q, events.Job{ID: "again"}, events.Job{ID: "a", Order: "o"}, events.Job{ID: "b", Order: "o"}, events.Job{ID: "c"})
		time.Sleep(1500 * time.Millisecond)
		if err := q.Close(t.Context()); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := <-ended; err != nil {
			t.Errorf("Work: %v", err)
		}
		if got, want := stats(t, q), (events.Stats{Done: 4}); got != want {
			t.Errorf("stats %+v, want %+v", got, want)
		}
		if err := q.Publish(t.Context(), events.Job{ID: "late"}); !errors.Is(err, events.ErrClosed) {
			t.Errorf("Publish after Close: %v, want ErrClosed", err)
		}
		if err := q.Close(t.Context()); err != nil {
			t.Errorf("second Close: %v", err)
		}
	})
}

// Row 383: a handler that is stuck is cut at the limit, and the error says
// what was lost.
func TestCloseSaysWhatIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var logs logBook
		q := memoryQueue(t, events.MemoryQueueConfig{Workers: 1, Logger: logs.logger()})
		workers := events.StartWorkers(q, func(ctx context.Context, d events.Delivery) error {
			<-ctx.Done() // heeds nothing but the cut
			return ctx.Err()
		})
		publish(t, q, events.Job{ID: "stuck"}, events.Job{ID: "behind"})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		began := time.Now()
		err := workers.Shutdown(ctx)
		if err == nil || !strings.Contains(err.Error(), "lost 2 jobs at its end, 1 of them under way") || time.Since(began) != 8*time.Second {
			t.Errorf("Shutdown: %v after %v", err, time.Since(began))
		}
		if again := workers.Shutdown(ctx); again == nil || again.Error() != err.Error() {
			t.Errorf("second Shutdown: %v", again)
		}
		synctest.Wait()
		if len(logs.records(t, "job lost: it failed while the queue in memory was closing")) == 0 {
			t.Errorf("log %s", logs.text())
		}
	})
}

// Row 375: the work goes on when Work's context ends.
func TestRunningJobOutlastsWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := memoryQueue(t, events.MemoryQueueConfig{Workers: 1})
		var log ledger
		stop := working(t, q, func(ctx context.Context, d events.Delivery) error {
			time.Sleep(time.Second)
			log.add("%s %v", d.ID, ctx.Err())
			return nil
		})
		publish(t, q, events.Job{ID: "a"}, events.Job{ID: "b"})
		synctest.Wait()
		stop()
		if got := log.all(); got != "a <nil>" {
			t.Errorf("ended: %s, want a alone", got)
		}
		if got := stats(t, q); got.Queued != 1 || got.Done != 1 {
			t.Errorf("stats %+v, want b still queued", got)
		}
	})
}
