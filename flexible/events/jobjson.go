package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"
)

// jobVersion marks the JSON of jobs. A reader refuses versions that it does
// not know, so that a job is never half understood.
const jobVersion = 1

// jobJSON is a job in JSON. Pieces of JSON travel as texts, because encoders
// may rewrite raw ones.
type jobJSON struct {
	Version  int               `json:"v"`
	ID       string            `json:"id"`
	Handler  string            `json:"handler"`
	Source   string            `json:"source"`
	Tenant   string            `json:"tenant,omitempty"`
	Type     string            `json:"type,omitempty"`
	Order    string            `json:"order,omitempty"`
	Vars     map[string]string `json:"vars,omitempty"`
	Header   map[string]string `json:"header,omitempty"`
	Payload  *string           `json:"payload,omitempty"`
	Received time.Time         `json:"received"`

	Attempt int `json:"attempt,omitempty"` // of a Delivery

	DeadID   string    `json:"dead_id,omitempty"` // of a DeadJob, as what follows
	Attempts int       `json:"attempts,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	Died     time.Time `json:"died,omitzero"`
}

func (j *Job) toJSON() (jobJSON, error) {
	w := jobJSON{
		Version: jobVersion, ID: j.ID, Handler: j.Handler, Source: j.Source, Tenant: j.Tenant, Type: j.Type,
		Order: j.Order, Header: j.Header, Received: j.Received,
	}
	texts := []string{j.ID, j.Handler, j.Source, j.Tenant, j.Type, j.Order, string(j.Payload)}
	for name, value := range j.Header {
		texts = append(texts, name, value)
	}
	if j.Vars != nil {
		w.Vars = make(map[string]string, len(j.Vars))
	}
	for name, value := range j.Vars {
		w.Vars[name] = string(value)
		texts = append(texts, name, string(value))
	}
	for _, text := range texts {
		if !utf8.ValidString(text) {
			return jobJSON{}, errors.New("events: job is not UTF-8, so its JSON would not read back to it")
		}
	}
	if j.Payload != nil {
		text := string(j.Payload)
		w.Payload = &text
	}
	return w, nil
}

func (w *jobJSON) job() Job {
	j := Job{
		ID: w.ID, Handler: w.Handler, Source: w.Source, Tenant: w.Tenant, Type: w.Type,
		Order: w.Order, Header: w.Header, Received: w.Received,
	}
	if w.Vars != nil {
		j.Vars = make(map[string]json.RawMessage, len(w.Vars))
	}
	for name, value := range w.Vars {
		j.Vars[name] = json.RawMessage(value)
	}
	if w.Payload != nil {
		j.Payload = json.RawMessage(*w.Payload)
	}
	return j
}

// readJob reads the JSON of a job strictly: a name that is not known may be
// one that matters.
func readJob(data []byte) (jobJSON, error) {
	var w jobJSON
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return w, fmt.Errorf("events: job is not the JSON of one: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return w, errors.New("events: job is followed by something else")
	}
	if w.Version != jobVersion {
		return w, fmt.Errorf("events: job has version %d, need %d", w.Version, jobVersion)
	}
	return w, nil
}

// MarshalJSON returns the JSON that reads back to the same job.
func (j Job) MarshalJSON() ([]byte, error) {
	w, err := j.toJSON()
	if err != nil {
		return nil, err
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (j *Job) UnmarshalJSON(data []byte) error {
	w, err := readJob(data)
	if err != nil {
		return err
	}
	*j = w.job()
	return nil
}

// MarshalJSON returns the JSON of the job with the attempt beside it.
func (d Delivery) MarshalJSON() ([]byte, error) {
	w, err := d.toJSON()
	if err != nil {
		return nil, err
	}
	w.Attempt = d.Attempt
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (d *Delivery) UnmarshalJSON(data []byte) error {
	w, err := readJob(data)
	if err != nil {
		return err
	}
	*d = Delivery{Job: w.job(), Attempt: w.Attempt}
	return nil
}

// MarshalJSON returns the JSON of the job with its end beside it.
func (d DeadJob) MarshalJSON() ([]byte, error) {
	w, err := d.toJSON()
	if err != nil {
		return nil, err
	}
	w.DeadID, w.Attempts, w.Reason, w.Died = d.DeadID, d.Attempts, d.Reason, d.Died
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (d *DeadJob) UnmarshalJSON(data []byte) error {
	w, err := readJob(data)
	if err != nil {
		return err
	}
	*d = DeadJob{Job: w.job(), DeadID: w.DeadID, Attempts: w.Attempts, Reason: w.Reason, Died: w.Died}
	return nil
}
