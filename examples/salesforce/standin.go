package main

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"sync"
)

// Contact is a row of the stand-in.
type Contact struct{ ID, Name, Phone string }

// StandIn answers as Salesforce does, as far as the webhook needs it: the
// OAuth client credentials flow and one form of query.
type StandIn struct {
	ClientID, ClientSecret string
	Contacts               []Contact

	mu     sync.Mutex
	tokens map[string]bool
}

// ServeHTTP routes by path.
func (s *StandIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/services/oauth2/token":
		s.token(w, r)
	case "/services/data/v63.0/query":
		s.query(w, r)
	default:
		answer(w, http.StatusNotFound, []any{map[string]any{"errorCode": "NOT_FOUND", "message": "no such resource"}})
	}
}

// token gives out an access token to the one client that it knows.
func (s *StandIn) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	switch {
	case r.Method != http.MethodPost || r.PostFormValue("grant_type") != "client_credentials":
		answer(w, http.StatusBadRequest, map[string]any{"error": "unsupported_grant_type"})
	case id != s.ClientID || subtle.ConstantTimeCompare([]byte(secret), []byte(s.ClientSecret)) != 1:
		answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_client"})
	default:
		token := rand.Text()
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.tokens == nil {
			s.tokens = make(map[string]bool)
		}
		s.tokens[token] = true
		answer(w, http.StatusOK, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": "api"})
	}
}

// phoneQuery is the one query that the stand-in understands. A quote in a
// value is escaped by a backslash, as in SOQL.
var phoneQuery = regexp.MustCompile(`^SELECT Id, Name FROM Contact WHERE Phone = '((?:[^'\\]|\\.)*)' LIMIT 1$`)

func (s *StandIn) query(w http.ResponseWriter, r *http.Request) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	known := s.tokens[token]
	s.mu.Unlock()
	if !known {
		answer(w, http.StatusUnauthorized, []any{map[string]any{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}})
		return
	}
	m := phoneQuery.FindStringSubmatch(r.URL.Query().Get("q"))
	if m == nil {
		answer(w, http.StatusBadRequest, []any{map[string]any{"errorCode": "MALFORMED_QUERY", "message": "unexpected token"}})
		return
	}
	records := []any{}
	for _, c := range s.Contacts {
		if c.Phone == m[1] {
			records = append(records, map[string]any{
				"attributes": map[string]any{"type": "Contact", "url": "/services/data/v63.0/sobjects/Contact/" + c.ID},
				"Id":         c.ID, "Name": c.Name,
			})
			break
		}
	}
	answer(w, http.StatusOK, map[string]any{"totalSize": len(records), "done": true, "records": records})
}

func answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // the caller may be gone
}
