package cxtest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"sync"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
)

// accessTokenLifetime is that of Google's access tokens.
const accessTokenLifetime = time.Hour

// accessTokens are the access tokens of service accounts that were given out.
type accessTokens struct {
	mu     *sync.Mutex
	tokens map[string]accessToken
}

type accessToken struct {
	email   string
	expires time.Time
}

func newAccessTokens() accessTokens {
	return accessTokens{mu: new(sync.Mutex), tokens: map[string]accessToken{}}
}

// AccountID returns the numeric id of a service account, the azp of its access
// tokens.
func AccountID(email string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(email))
	return fmt.Sprintf("1%020d", h.Sum64())
}

// AccessToken returns an access token of a service account, which tokeninfo
// knows for an hour.
func (i *Issuer) AccessToken(email string) string {
	token := "ya29.c." + rand.Text()
	i.access.mu.Lock()
	defer i.access.mu.Unlock()
	i.access.tokens[token] = accessToken{email: email, expires: i.cfg.Now().Add(accessTokenLifetime)}
	return token
}

// serve answers as Google's tokeninfo endpoint.
func (a accessTokens) serve(w http.ResponseWriter, r *http.Request, now time.Time) {
	a.mu.Lock()
	t, ok := a.tokens[r.PostFormValue("access_token")]
	a.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	left := t.expires.Sub(now)
	if !ok || left <= 0 {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": "invalid_token", "error_description": "Invalid Value"})
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]string{
		"azp": AccountID(t.email), "aud": AccountID(t.email), "email": t.email, "email_verified": "true",
		"scope":      "https://www.googleapis.com/auth/cloud-platform https://www.googleapis.com/auth/userinfo.email",
		"expires_in": fmt.Sprint(int(left.Seconds())), "access_type": "online",
	})
}

// OAuth returns the oauthConfig of a resource for the issuer's OAuth server.
func OAuth() *cxpb.Webhook_GenericWebService_OAuthConfig {
	return &cxpb.Webhook_GenericWebService_OAuthConfig{
		ClientId: OAuthClientID, ClientSecret: OAuthSecret, TokenEndpoint: TokenURL, Scopes: []string{OAuthScope},
	}
}
