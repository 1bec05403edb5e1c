package flexible

import (
	"fmt"
	"strings"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/exportjson"
	"github.com/cxhook/cxhook/internal/resource"
)

// LoadWebhook reads a webhook resource, standard or flexible, from the JSON
// of the API or from a file of an exported agent (webhooks/<name>.json), where
// maps are lists of key and value and the timeout is an object. Unknown fields
// are dropped, since exports hold fields that the API does not publish; all
// others must have their type, and enums a known name. Blanks around the URI
// are removed, as stored resources have them. A certificate that is no base64,
// as cleaned resources have it, is kept as that text: reading it fails where it
// is needed.
//
// What it reads is not checked further: see [Compile].
func LoadWebhook(data []byte) (*cxpb.Webhook, error) {
	w := new(cxpb.Webhook)
	if err := exportjson.Unmarshal(data, w); err != nil {
		return nil, fmt.Errorf("flexible: webhook resource: %w", err)
	}
	if g := resource.Service(w); g != nil {
		g.Uri = strings.TrimSpace(g.Uri)
	}
	return w, nil
}
