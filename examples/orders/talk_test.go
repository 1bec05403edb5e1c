package main

import (
	"context"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	dialogflow "cloud.google.com/go/dialogflow/cx/apiv3"
	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// started runs the program with variables until the test ends and returns its
// addresses.
func started(t *testing.T, env map[string]string) (desk, agent string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	addrs := make(chan [2]string, 1)
	result := make(chan error, 1)
	go func() {
		result <- run(ctx, func(name string) string { return env[name] }, func(desk, agent string) { addrs <- [2]string{desk, agent} })
	}()
	select {
	case a := <-addrs:
		t.Cleanup(func() {
			stop()
			if err := <-result; err != nil {
				t.Errorf("run ended with %v, want nil", err)
			}
		})
		return a[0], a[1]
	case err := <-result:
		stop()
		t.Fatalf("run: %v", err)
	}
	return "", ""
}

// Google's client talks to the agent that the program starts.
func TestTalk(t *testing.T) {
	t.Parallel()
	_, addr := started(t, map[string]string{"PORT": "0", "AGENT": exported, "AGENT_ADDR": "127.0.0.1:0"})
	c, err := dialogflow.NewSessionsClient(t.Context(), option.WithEndpoint(addr), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, turn := range []struct {
		said string
		want []string
	}{
		{"what about A1002", []string{"on its way", "Is there anything else?"}},
		{"how many desk lamps are left", []string{"We have 7 of the Desk lamp in Sankt Gallen.", "Is there anything else?"}},
		{"where is my order T0503", []string{"The order desk is closed. It answered 503.", "Is there anything else?"}},
		{"how many points do I have", []string{"Let me see how many points you have.", "The points are kept elsewhere, and nobody answers there."}},
		{"no", []string{"Goodbye."}},
	} {
		res, err := c.DetectIntent(t.Context(), &cxpb.DetectIntentRequest{
			Session:    "projects/p/locations/global/agents/orders/sessions/ada",
			QueryInput: &cxpb.QueryInput{LanguageCode: "en", Input: &cxpb.QueryInput_Text{Text: &cxpb.TextInput{Text: turn.said}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		var have []string
		for _, m := range res.GetQueryResult().GetResponseMessages() {
			have = append(have, m.GetText().GetText()...)
		}
		if !slices.EqualFunc(have, turn.want, strings.Contains) {
			t.Errorf("%q: replies %q, want %q", turn.said, have, turn.want)
		}
	}
}

// The agent is a tool for trying things out: where the desk is for real, or
// cannot be talked to by it, there is none.
func TestNoAgent(t *testing.T) {
	t.Parallel()
	whole := map[string]string{"AGENT": exported, "AGENT_ADDR": "127.0.0.1:0"}
	for what, more := range map[string]map[string]string{
		"on Cloud Run":                     {"K_SERVICE": "orders"},
		"a desk that verifies":             {"WEBHOOK_AUTH": "basic"},
		"off":                              {"AGENT_ADDR": "off"},
		"no export where it is by default": {"AGENT": ""},
	} {
		env := maps.Clone(whole)
		maps.Copy(env, more)
		a, err := startAgent(t.Context(), func(name string) string { return env[name] }, http.NotFoundHandler())
		if a != nil || err != nil {
			t.Errorf("%s: %+v, %v, want no agent", what, a, err)
			a.stop()
		}
	}
	_, addr := started(t, map[string]string{"PORT": "0", "WEBHOOK_AUTH": "basic", "WEBHOOK_BASIC": "agent:at-least-16-characters", "AGENT": exported, "AGENT_ADDR": "127.0.0.1:0"})
	if addr != "" {
		t.Errorf("a desk with verifiers has an agent at %s", addr)
	}
}

func TestAgentThatCannotStart(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for what, tt := range map[string]struct {
		env  map[string]string
		says string
	}{
		"no such export":      {map[string]string{"AGENT": "no/such/agent", "AGENT_ADDR": "127.0.0.1:0"}, "no/such/agent"},
		"a port in use":       {map[string]string{"AGENT": exported, "AGENT_ADDR": busy.Addr().String()}, "AGENT_ADDR"},
		"every interface":     {map[string]string{"AGENT": exported, "AGENT_ADDR": "0.0.0.0:0"}, "loopback"},
		"a port alone":        {map[string]string{"AGENT": exported, "AGENT_ADDR": "50051"}, "loopback"},
		"an unqualified port": {map[string]string{"AGENT": exported, "AGENT_ADDR": ":0"}, "loopback"},
	} {
		a, err := startAgent(t.Context(), func(name string) string { return tt.env[name] }, http.NotFoundHandler())
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want an error that says %q", what, err, tt.says)
			a.stop()
		}
	}
}
