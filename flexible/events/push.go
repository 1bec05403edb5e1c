package events

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// retryCount is the header by which Cloud Tasks counts the attempts before.
//
// Source: https://docs.cloud.google.com/tasks/docs/creating-http-target-tasks.
const retryCount = "X-Cloudtasks-Taskretrycount"

// envelope is what Pub/Sub wraps a message in. It has further names, which do
// not matter here and may become more.
//
// Source: https://docs.cloud.google.com/pubsub/docs/push#receive_push.
type envelope struct {
	Message *struct {
		Data string `json:"data"`
	} `json:"message"`
	Subscription    string `json:"subscription"`
	DeliveryAttempt int    `json:"deliveryAttempt"`
}

// readPush reads a pushed job in either form.
func readPush(body []byte, header http.Header) (Delivery, error) {
	var probe map[string]json.RawMessage
	if err := json.Unmarshal(body, &probe); err != nil {
		return Delivery{}, errors.New("events: the push is not a JSON object")
	}
	attempt := 1
	if _, wrapped := probe["message"]; wrapped {
		var e envelope
		if err := json.Unmarshal(body, &e); err != nil || e.Message == nil || e.Subscription == "" {
			return Delivery{}, errors.New("events: the push is not Pub/Sub's envelope")
		}
		data, err := base64.StdEncoding.DecodeString(e.Message.Data)
		if err != nil {
			return Delivery{}, errors.New("events: the message's data is not base64")
		}
		body, attempt = data, max(1, e.DeliveryAttempt)
	}
	if n, err := strconv.Atoi(header.Get(retryCount)); err == nil && n >= 0 && n < 1<<20 {
		attempt = n + 1
	}
	var d Delivery
	if err := json.Unmarshal(body, &d); err != nil {
		return Delivery{}, err
	}
	if d.ID == "" || d.Handler == "" {
		return Delivery{}, fmt.Errorf("events: the pushed job has no id or no handler")
	}
	d.Attempt = attempt
	return d, nil
}
