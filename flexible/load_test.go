package flexible_test

import (
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/flexible"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
)

// exported is a webhook as an agent's export writes it.
const exported = `{
  "name": "5f1d0a52-0000-4000-8000-3c1f6f6f2b11",
  "displayName": "tea:find-order",
  "genericWebService": {
    "uri": " https://shop.example/orders/$session.params.order-number ",
    "webhookType": "FLEXIBLE",
    "httpMethod": "POST",
    "requestBody": "{\n  \"size\": \"$session.params.size\"\n}",
    "requestHeaders": [ {
      "key": "x-brand",
      "value": "tea"
    } ],
    "parameterMapping": [ {
      "key": "$flow.total",
      "value": "$.total"
    }, {
      "key": "order-status",
      "value": "status"
    } ],
    "serviceAgentAuth": "NONE",
    "oauthConfig": {
      "clientId": "id",
      "clientSecret": "not-a-secret",
      "tokenEndpoint": "https://login.example/token",
      "scopes": [ "a", "b" ]
    },
    "parameterRedactionList": [ "size" ]
  },
  "timeout": {
    "seconds": 7
  }
}`

func exportedMessage() *cxpb.Webhook {
	return &cxpb.Webhook{
		Name:        "5f1d0a52-0000-4000-8000-3c1f6f6f2b11",
		DisplayName: "tea:find-order",
		Timeout:     durationpb.New(7 * time.Second),
		Webhook: &cxpb.Webhook_GenericWebService_{GenericWebService: &cxpb.Webhook_GenericWebService{
			Uri:              "https://shop.example/orders/$session.params.order-number",
			WebhookType:      cxpb.Webhook_GenericWebService_FLEXIBLE,
			HttpMethod:       cxpb.Webhook_GenericWebService_POST,
			RequestBody:      "{\n  \"size\": \"$session.params.size\"\n}",
			RequestHeaders:   map[string]string{"x-brand": "tea"},
			ParameterMapping: map[string]string{"$flow.total": "$.total", "order-status": "status"},
			ServiceAgentAuth: cxpb.Webhook_GenericWebService_NONE,
			OauthConfig: &cxpb.Webhook_GenericWebService_OAuthConfig{
				ClientId: "id", ClientSecret: "not-a-secret",
				TokenEndpoint: "https://login.example/token", Scopes: []string{"a", "b"},
			},
		}},
	}
}

func TestLoadWebhookExported(t *testing.T) {
	t.Parallel()
	got, err := flexible.LoadWebhook([]byte(exported))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(exportedMessage(), got, protocmp.Transform()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestLoadWebhookAPI(t *testing.T) {
	t.Parallel()
	text, err := protojson.Marshal(exportedMessage())
	if err != nil {
		t.Fatal(err)
	}
	got, err := flexible.LoadWebhook(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(exportedMessage(), got, protocmp.Transform()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestLoadWebhookServiceDirectory(t *testing.T) {
	t.Parallel()
	got, err := flexible.LoadWebhook([]byte(`{"displayName":"inner","serviceDirectory":{
		"service":"projects/p/locations/l/namespaces/n/services/s",
		"genericWebService":{"uri":"\thttps://shop.internal/hook\n","allowedCaCerts":["MIID"]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := &cxpb.Webhook{DisplayName: "inner", Webhook: &cxpb.Webhook_ServiceDirectory{ServiceDirectory: &cxpb.Webhook_ServiceDirectoryConfig{
		Service: "projects/p/locations/l/namespaces/n/services/s",
		GenericWebService: &cxpb.Webhook_GenericWebService{
			Uri: "https://shop.internal/hook", AllowedCaCerts: [][]byte{{0x30, 0x82, 0x03}},
		},
	}}}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
