package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/cxhook/cxhook/cx"
)

// The names of the services that are compared with the others.
const (
	nameBare      = "bare net/http"
	nameProtojson = "protojson"
)

// service is one way to serve a webhook. All read the whole request, look at
// its tag and one parameter, and send the same answer.
type service struct {
	name string
	make func(resp *cxpb.WebhookResponse) (http.Handler, error)
}

var services = []service{
	{nameBare, bareService},
	{nameProtojson, protojsonService},
	{"encoding/json map", mapService},
	{"cxhook plain", plainService},
	{"cxhook Typed", typedService},
	{"cxhook Typed, all", wholeService},
}

// The call that all bodies of package body make.
const (
	wantTag       = "confirm-order"
	parameter     = "large-0"
	wantParameter = "shirt number wrap"
)

// called keeps the work from being done for nothing.
func called(tag, original string) error {
	if tag != wantTag || original != wantParameter {
		return fmt.Errorf("have tag %q and parameter %q, want %q and %q", tag, original, wantTag, wantParameter)
	}
	return nil
}

// send is how the services that have no library write what they made.
func send(w http.ResponseWriter, answer []byte, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	_, _ = w.Write(answer)
}

// bareService does not look at what it reads and sends an answer that was made
// before: what HTTP alone costs.
func bareService(resp *cxpb.WebhookResponse) (http.Handler, error) {
	answer, err := protojson.Marshal(resp)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		send(w, answer, err)
	}), err
}

func protojsonService(resp *cxpb.WebhookResponse) (http.Handler, error) {
	serve := func(r *http.Request) ([]byte, error) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		var req cxpb.WebhookRequest
		if err := lenient.Unmarshal(raw, &req); err != nil {
			return nil, err
		}
		if err := calledBy(&req); err != nil {
			return nil, err
		}
		return protojson.Marshal(resp)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, err := serve(r)
		send(w, answer, err)
	}), nil
}

func calledBy(req *cxpb.WebhookRequest) error {
	fields := req.GetSessionInfo().GetParameters()[parameter].GetStructValue().GetFields()
	return called(req.GetFulfillmentInfo().GetTag(), fields["original"].GetStringValue())
}

// mapService has no types, as many webhooks are written.
func mapService(resp *cxpb.WebhookResponse) (http.Handler, error) {
	text, err := protojson.Marshal(resp)
	if err != nil {
		return nil, err
	}
	answer := map[string]any{}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, err
	}
	serve := func(r *http.Request) ([]byte, error) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		var req map[string]any
		if err := json.Unmarshal(raw, &req); err != nil {
			return nil, err
		}
		info, _ := req["fulfillmentInfo"].(map[string]any)
		tag, _ := info["tag"].(string)
		session, _ := req["sessionInfo"].(map[string]any)
		parameters, _ := session["parameters"].(map[string]any)
		composite, _ := parameters[parameter].(map[string]any)
		original, _ := composite["original"].(string)
		if err := called(tag, original); err != nil {
			return nil, err
		}
		return json.Marshal(answer)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, err := serve(r)
		send(w, answer, err)
	}), nil
}

// quiet drops what a service would log. What logging costs is a step of its own.
var quiet = slog.New(slog.DiscardHandler)

// plainService has all defaults but the log.
func plainService(resp *cxpb.WebhookResponse) (http.Handler, error) {
	hooks := cx.NewMux()
	hooks.HandleFunc(wantTag, func(_ context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		return resp, calledBy(req)
	})
	return cx.NewHTTPHandler(hooks, cx.WithLogger(quiet)), nil
}

type wanted struct {
	Original string `cx:"large-0.original,required"`
}

// typedService is plainService with [cx.Typed].
func typedService(resp *cxpb.WebhookResponse) (http.Handler, error) {
	return typedHandler(resp, cx.WithLogger(quiet)), nil
}

func typedHandler(resp *cxpb.WebhookResponse, opts ...cx.Option) http.Handler {
	hooks := cx.NewMux()
	hooks.Handle(wantTag, cx.Typed(func(_ context.Context, in wanted) (*cxpb.WebhookResponse, error) {
		return resp, called(wantTag, in.Original)
	}))
	return cx.NewHTTPHandler(hooks, opts...)
}

// wholeService is what a program would serve: router, static secret, a line in
// the log for each call.
func wholeService(resp *cxpb.WebhookResponse) (http.Handler, error) {
	guard, err := staticGuard()
	if err != nil {
		return nil, err
	}
	router := cx.NewRouter()
	router.Handle(hookPath, guard(typedHandler(resp, cx.WithLogger(logs())))).Methods(http.MethodPost)
	return router, nil
}

// logs returns a logger that does all its work but the last.
func logs() *slog.Logger {
	return slog.New(slog.NewJSONHandler(io.Discard, nil)) //nolint:sloglint // formatting is what is measured
}
