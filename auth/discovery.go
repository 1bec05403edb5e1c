package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/cxhook/cxhook/internal/jose"
)

// maxMetadataBytes bounds an issuer's metadata document.
const maxMetadataBytes = 256 << 10

// DiscoverKeys asks an issuer where its keys are, by OpenID Connect Discovery
// or, when it has no such document, by RFC 8414, and returns their set. The
// configuration's URL is filled in; its client asks here as well.
//
// The document must name exactly the given issuer, and its keys must lie on
// the issuer's own host, or on one of keyHosts, by https. Anything else is an
// error: a start-up error, since this is meant to be called once.
func DiscoverKeys(ctx context.Context, issuer string, cfg KeySetConfig, keyHosts ...string) (*KeySet, error) {
	base, err := parseHTTPS(issuer)
	if err != nil {
		return nil, fmt.Errorf("auth: issuer: %w", err)
	}
	plain := strings.TrimSuffix(issuer, "/")
	inserted := *base
	inserted.Path = "/.well-known/oauth-authorization-server" + strings.TrimSuffix(base.Path, "/")
	client := outbound(cfg.Client)
	metadata, err := fetchMetadata(ctx, client, plain+"/.well-known/openid-configuration", inserted.String())
	//backstop: an empty document names no issuer
	if err != nil {
		return nil, fmt.Errorf("auth: discovery of %q: %w", issuer, err)
	}
	if iss, _ := metadata.String("issuer"); iss != issuer {
		return nil, fmt.Errorf("auth: discovery of %q: the document names another issuer", issuer)
	}
	cfg.URL, _ = metadata.String("jwks_uri")
	keys, err := parseHTTPS(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("auth: discovery of %q: keys: %w", issuer, err)
	}
	if keys.Host != base.Host && !slices.Contains(keyHosts, keys.Host) {
		return nil, fmt.Errorf("auth: discovery of %q: keys lie on another host", issuer)
	}
	return NewKeySet(cfg)
}

// errNoMetadata reports a server without a document at the URL.
var errNoMetadata = errors.New("no metadata document")

// fetchMetadata returns the first document that is there.
func fetchMetadata(ctx context.Context, client *http.Client, urls ...string) (jose.Claims, error) {
	ctx, cancel := context.WithTimeout(ctx, DefaultFetchTimeout)
	defer cancel()
	for _, u := range urls {
		c, err := fetchObject(ctx, client, u)
		if !errors.Is(err, errNoMetadata) {
			return c, err
		}
	}
	return jose.Claims{}, errNoMetadata
}

func fetchObject(ctx context.Context, client *http.Client, u string) (jose.Claims, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u, nil)
	//backstop: the URL was parsed before
	if err != nil {
		return jose.Claims{}, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return jose.Claims{}, err
	}
	body, err := readAnswer(resp, maxMetadataBytes)
	switch {
	//backstop: no body is no document
	case err != nil:
		return jose.Claims{}, err
	case resp.StatusCode == http.StatusNotFound:
		return jose.Claims{}, errNoMetadata
	case resp.StatusCode != http.StatusOK:
		return jose.Claims{}, fmt.Errorf("server answers %d", resp.StatusCode)
	}
	return jose.ParseClaims(body)
}
