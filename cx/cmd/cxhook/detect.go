package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cxhook/cxhook/cx/emulator"
)

type detectCommand struct {
	GRPC      string        `name:"grpc" default:"127.0.0.1:50051" placeholder:"ADDR" help:"Where cxhook serve listens (default ${default})."`
	Session   string        `default:"local" placeholder:"ID|NAME" help:"The session: an id or a whole resource name (default ${default})."`
	Language  string        `default:"en" placeholder:"CODE" help:"Language of the input (default ${default})."`
	Event     string        `placeholder:"NAME" xor:"input" help:"Raise an event in place of a text."`
	DTMF      string        `name:"dtmf" placeholder:"DIGITS" xor:"input" help:"Press keys in place of a text."`
	Param     []string      `placeholder:"NAME=VALUE" sep:"none" help:"Set a session parameter first; VALUE is JSON or plain text (may be repeated)."`
	Page      string        `placeholder:"NAME" help:"Go to a page first, by its resource name; the session forgets the rest."`
	NoWebhook bool          `help:"Do not call webhooks."`
	JSON      bool          `name:"json" help:"Write the whole answer as JSON."`
	Timeout   time.Duration `default:"70s" help:"How long the turn may take (default ${default})."`
	Text      []string      `arg:"" optional:"" help:"What the user says; nothing is silence."`
}

// Run implements the command.
func (c *detectCommand) Run(env *environment) error {
	req, err := c.request()
	if err != nil {
		return err
	}
	conn, err := grpc.NewClient(c.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithNoProxy())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // the answer is there
	ctx, stop := context.WithTimeout(env.ctx, c.Timeout)
	defer stop()
	res, err := cxpb.NewSessionsClient(conn).DetectIntent(ctx, req)
	if err != nil {
		st := status.Convert(err)
		if st.Code() == codes.Unavailable {
			return fmt.Errorf("no agent answers at %s: start it by cxhook serve, or name its address by --grpc (%s)", c.GRPC, st.Message())
		}
		return fmt.Errorf("%s: %s", st.Code(), st.Message())
	}
	if c.JSON {
		fmt.Fprintln(env.stdout, protojson.MarshalOptions{Multiline: true}.Format(res))
		return nil
	}
	c.print(env, res.GetQueryResult())
	return nil
}

func (c *detectCommand) request() (*cxpb.DetectIntentRequest, error) {
	session := c.Session
	if !strings.Contains(session, "/") {
		session = emulator.SessionName{Agent: emulator.LocalAgent, ID: session}.String()
	}
	input := &cxpb.QueryInput{LanguageCode: c.Language}
	text := strings.Join(c.Text, " ")
	switch {
	case text != "" && (c.Event != "" || c.DTMF != ""):
		return nil, fmt.Errorf("have a text and --event or --dtmf, need one of them")
	case c.Event != "":
		input.Input = &cxpb.QueryInput_Event{Event: &cxpb.EventInput{Event: c.Event}}
	case c.DTMF != "":
		input.Input = &cxpb.QueryInput_Dtmf{Dtmf: &cxpb.DtmfInput{Digits: c.DTMF}}
	default:
		input.Input = &cxpb.QueryInput_Text{Text: &cxpb.TextInput{Text: text}}
	}
	params := &cxpb.QueryParameters{DisableWebhook: c.NoWebhook, CurrentPage: c.Page}
	for _, p := range c.Param {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--param %q, need NAME=VALUE", p)
		}
		if params.Parameters == nil {
			params.Parameters = &structpb.Struct{Fields: make(map[string]*structpb.Value)}
		}
		v := &structpb.Value{}
		if json.Unmarshal([]byte(value), v) != nil {
			v = structpb.NewStringValue(value)
		}
		params.Parameters.Fields[name] = v
	}
	return &cxpb.DetectIntentRequest{Session: session, QueryInput: input, QueryParams: params}, nil
}

// print writes what the agent says, and where the conversation is to the side.
func (c *detectCommand) print(env *environment, r *cxpb.QueryResult) {
	for _, m := range r.GetResponseMessages() {
		switch {
		case m.GetText() != nil:
			fmt.Fprintln(env.stdout, strings.Join(m.GetText().GetText(), "\n"))
		case m.GetEndInteraction() == nil:
			fmt.Fprintln(env.stdout, protojson.MarshalOptions{}.Format(m))
		}
	}
	what := strings.ToLower(strings.ReplaceAll(r.GetMatch().GetMatchType().String(), "_", " "))
	if name := r.GetMatch().GetIntent().GetDisplayName(); name != "" {
		what += " " + name
	} else if event := r.GetMatch().GetEvent(); event != "" {
		what += " " + event
	}
	fmt.Fprintf(env.stderr, "[%s, at %s / %s]\n", what, r.GetCurrentFlow().GetDisplayName(), r.GetCurrentPage().GetDisplayName())
	for _, s := range r.GetWebhookStatuses() {
		if s.GetCode() != 0 {
			fmt.Fprintf(env.stderr, "[%s]\n", s.GetMessage())
		}
	}
}
