package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/cxhook/cxhook/cx/emulator"
)

// jsonReport is what --json writes: what the agent did, turn by turn.
type jsonReport struct {
	Cases []jsonCase `json:"cases"`
}

type jsonCase struct {
	File  string     `json:"file"`
	Error string     `json:"error"`
	Turns []jsonTurn `json:"turns"`
}

type jsonTurn struct {
	Intent     string         `json:"intent"`
	Page       string         `json:"page"`
	Flow       string         `json:"flow"`
	Parameters map[string]any `json:"parameters"`
	Replies    [][]string     `json:"replies"` // of each text message, all its variants
	Webhooks   int            `json:"webhooks"`
	NeedsModel bool           `json:"needsModel"`
}

func writeReport(file string, reports []*emulator.CaseReport) error {
	out := jsonReport{Cases: make([]jsonCase, 0, len(reports))}
	for _, r := range reports {
		c := jsonCase{File: r.Case.File, Turns: make([]jsonTurn, 0, len(r.Turns))}
		if r.Err != nil {
			c.Error = r.Err.Error()
		}
		for _, t := range r.Turns {
			res := t.Result
			turn := jsonTurn{
				Intent: res.Match.Intent, Page: res.Page, Flow: res.Flow, Parameters: res.Parameters, Replies: [][]string{},
				Webhooks: len(res.Webhooks), NeedsModel: len(res.NeedsModel) > 0,
			}
			for _, m := range res.Messages {
				if m.Message.GetText() != nil {
					turn.Replies = append(turn.Replies, m.Variants)
				}
			}
			c.Turns = append(c.Turns, turn)
		}
		out.Cases = append(out.Cases, c)
	}
	data, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return os.WriteFile(file, data, 0o644) //nolint:gosec // a report that others may read
}
