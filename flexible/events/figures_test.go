package events_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/flexible/events"
)

// scrape reads the figures as a collector does.
func scrape(t testing.TB, f *events.Figures) string {
	t.Helper()
	w := httptest.NewRecorder()
	f.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if ct := w.Header().Get("Content-Type"); expfmt.ResponseFormat(w.Header()) == expfmt.NewFormat(expfmt.TypeUnknown) {
		t.Errorf("content type %q is no format of metrics", ct)
	}
	data, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// parsed returns the samples as Prometheus reads them, zeros left out.
func parsed(t testing.TB, text string) map[string]float64 {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	samples := make(map[string]float64)
	for name, family := range families {
		if family.GetHelp() == "" {
			t.Errorf("%s has no help", name)
		}
		for _, m := range family.GetMetric() {
			key := name
			for _, l := range m.GetLabel() {
				key += " " + l.GetName() + "=" + l.GetValue()
			}
			if v := m.GetCounter().GetValue() + m.GetGauge().GetValue(); v != 0 {
				samples[key] = v
			}
		}
	}
	return samples
}

func TestFiguresAreWhatPrometheusReads(t *testing.T) {
	t.Parallel()
	s, sign := paidSite(t, nil)
	s.post(t, "/webhook/stripe", paidBody, signed(sign, paidBody))
	s.post(t, "/webhook/stripe", paidBody, signed(sign, paidBody))
	s.post(t, "/webhook/stripe", paidBody, nil)
	s.post(t, "/nowhere", paidBody, nil)
	s.logs.await(t, "event", 4)
	f := s.receiver.Figures()
	f.Watch("a \"queue\"\\of\nlines", s.tray)
	want := map[string]float64{
		"cxhook_events_received_total source=stripe":                         3,
		"cxhook_events_queued_total source=stripe":                           1,
		"cxhook_events_duplicates_total source=stripe":                       1,
		"cxhook_events_refused_total source=stripe reason=no_credential":     1,
		"cxhook_events_refused_total source=none reason=path":                1,
		"cxhook_events_queue_jobs queue=events state=queued":                 1,
		"cxhook_events_queue_jobs queue=a \"queue\"\\of\nlines state=queued": 1,
	}
	if diff := cmp.Diff(want, parsed(t, scrape(t, f))); diff != "" {
		t.Errorf("samples (-want +got):\n%s", diff)
	}
}

// What a sender chooses never becomes a label: labels are kept for ever.
func TestSendersChooseNoLabels(t *testing.T) {
	t.Parallel()
	source := must(t)(events.GitHub(events.SenderConfig{Secrets: auth.FixedSecrets(secret)}))
	s := newSite(t, events.Config{Sources: []events.Source{source}, Handlers: map[string]events.HandlerFunc{"push": nothing}})
	sign := signer(t, auth.GitHubSignature(), secret)
	before := len(strings.Split(scrape(t, s.receiver.Figures()), "\n"))
	for _, kind := range []string{"push", "chosen-1", "chosen-2", "chosen-3", "chosen-4"} {
		s.post(t, "/webhook/github", `{"x":1}`, func(r *http.Request) {
			headers("X-GitHub-Event", kind, "X-GitHub-Delivery", kind)(r)
			sign(r, `{"x":1}`)
		})
		s.post(t, "/"+kind, "", nil)
	}
	s.logs.await(t, "event", 10)
	text := scrape(t, s.receiver.Figures())
	if after := len(strings.Split(text, "\n")); strings.Contains(text, "chosen") || after > before+5 {
		t.Errorf("%d lines became %d:\n%s", before, after, text)
	}
}
