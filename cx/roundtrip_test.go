package cx_test

import (
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/cx"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"
)

// What Bind reads SetParams writes back as it was, the system entities
// included.
func TestParametersComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	const parameters = `{"sessionInfo":{"parameters":{
		"day":{"year":2026,"month":3,"day":1,"original":"the first of March"},
		"at":{"hours":16,"minutes":30,"seconds":0,"nanos":0},
		"for":{"amount":3,"unit":"min","original":"three minutes"},
		"price":{"amount":2.5,"currency":"EUR"},
		"who":{"name":"Ada","original":"ada"},
		"moment":{"year":2026,"month":3,"day":1,"hours":1,"minutes":0,"seconds":0,"nanos":0},
		"stay":{"startDate":{"year":2026,"month":3,"day":1},"endDate":{"year":2026,"month":3,"day":2}},
		"wait":"90s","zone":"Europe/Rome","instant":"2026-03-01T09:30:00Z",
		"id":9007199254740991,"sizes":[1,2],"more":{"a":[null,true,"x"]},"address.city":"Rome"
	}}}`
	type booking struct {
		Day     cx.Date         `cx:"day"`
		At      cx.Time         `cx:"at"`
		For     cx.Duration     `cx:"for"`
		Price   cx.UnitCurrency `cx:"price"`
		Who     cx.Person       `cx:"who"`
		Moment  cx.DateTime     `cx:"moment"`
		Stay    cx.DatePeriod   `cx:"stay"`
		Wait    time.Duration   `cx:"wait"`
		Zone    *time.Location  `cx:"zone"`
		Instant time.Time       `cx:"instant"`
		ID      int64           `cx:"id"`
		Sizes   []int           `cx:"sizes"`
		More    map[string]any  `cx:"more"`
		City    string          `cx:"address.city"`
	}
	req := new(cxpb.WebhookRequest)
	if err := protojson.Unmarshal([]byte(parameters), req); err != nil {
		t.Fatal(err)
	}
	var in booking
	if err := cx.Bind(req, &in); err != nil {
		t.Fatal(err)
	}
	resp, err := cx.Respond(cx.SetParams(in))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(req.GetSessionInfo(), resp.GetSessionInfo(), protocmp.Transform()); diff != "" {
		t.Errorf("parameters differ (-read +written):\n%s", diff)
	}
}
