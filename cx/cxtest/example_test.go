package cxtest_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/cxtest"
)

// The t of the examples stands for the one of a test.
var t *testing.T

func ExampleNew() {
	// func TestOrderStatus(t *testing.T) {
	c := cxtest.New(t, newService())
	a := c.Call(cxtest.Request("order-status", cxtest.Param("order-id", 17)))
	a.WantTexts("It is on its way.")
	a.WantParams(map[string]any{"status": "shipped", "order-id": nil})

	c.Fails(cxtest.Request("order-status"), caller.EventBadRequest)
	// }
}

func ExampleCaller_FailsTurn() {
	// func TestOrderStatus(t *testing.T) {
	c := cxtest.New(t, newService())
	t.Run("without an order", func(t *testing.T) {
		c.In(t).FailsTurn(&caller.Turn{
			Request: cxtest.Request("order-status"),
			Headers: map[string]string{"X-Brand": "tea"},
		}, caller.EventBadRequest)
	})
	// }
}

func ExampleRequest() {
	req := cxtest.Request("reschedule",
		cxtest.Page("Delivery"),
		cxtest.FormParam("day", map[string]int{"year": 2026, "month": 12, "day": 24}),
		cxtest.Intent("delivery.reschedule"),
		cxtest.Text("on Christmas Eve, please"),
	)
	fmt.Println(req.GetPageInfo().GetDisplayName(), req.GetSessionInfo().GetParameters()["day"].GetStructValue().AsMap()["month"])
	// Output: Delivery 12
}

func ExampleRecord() {
	dir, err := os.MkdirTemp("", "recorded")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	record, err := cxtest.Record(dir, cxtest.RemoveParams("phone"))
	if err != nil {
		log.Fatal(err)
	}
	srv := httptest.NewServer(record(newService()))

	req, err := http.NewRequest(http.MethodPost, srv.URL+"/webhook", strings.NewReader(
		`{"fulfillmentInfo":{"tag":"choose-size"},"sessionInfo":{"parameters":{"phone":"+15550100"}},"text":"my number is +1 555 0100"}`))
	if err != nil {
		log.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer secret")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	srv.Close() // waits until the exchange is written

	files, err := filepath.Glob(filepath.Join(dir, "choose-size-*.txtar"))
	if err != nil || len(files) != 1 {
		log.Fatal(files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		log.Fatal(err)
	}
	e, err := cxtest.ParseExchange(data)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(e.Method, e.Target, e.RequestHeader)
	fmt.Println(string(e.RequestBody))
	// Output:
	// POST /webhook map[Accept-Encoding:[gzip] User-Agent:[Go-http-client/1.1]]
	// {
	//   "fulfillmentInfo": {
	//     "tag": "choose-size"
	//   },
	//   "sessionInfo": {
	//     "parameters": {
	//       "phone": "REMOVED"
	//     }
	//   },
	//   "text": "my number is REMOVED"
	// }
}

func ExampleReplay() {
	// func TestRecorded(t *testing.T) {
	cxtest.Replay(t, cxtest.Dir("testdata"), "order-*.txtar", newService())
	// }
}
