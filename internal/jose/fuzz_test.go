package jose_test

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"

	"github.com/cxhook/cxhook/internal/jose"
)

// addVectors seeds f with the tokens of the own vectors.
func addVectors(f *testing.F) {
	f.Helper()
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		f.Fatal(err)
	}
	var file vectorFile
	if err := json.Unmarshal(data, &file); err != nil {
		f.Fatal(err)
	}
	for _, group := range file.TestGroups {
		for _, tc := range group.Tests {
			f.Add(tc.JWS)
		}
	}
}

// FuzzToken holds three properties: no input panics; what verifies is letter
// for letter the token that was signed; and what this parser takes, another
// library takes too, with the same algorithm, key id and payload.
func FuzzToken(f *testing.F) {
	addVectors(f)
	key := jose.SigningKey{ID: "k", Algorithm: jose.RS256, Signer: rsaKey()}
	genuine, err := key.Sign("JWT", []byte(`{"iss":"a","exp":1800000000}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(genuine)
	jwks, err := jose.PublicKeys(key)
	if err != nil {
		f.Fatal(err)
	}
	keys, _, err := jose.ParsePublicKeys(jwks)
	if err != nil {
		f.Fatal(err)
	}
	policy := jose.Policy{Algorithms: publicAlgorithms}
	var theirs []gojose.SignatureAlgorithm
	for _, a := range publicAlgorithms {
		theirs = append(theirs, gojose.SignatureAlgorithm(a))
	}
	f.Fuzz(func(t *testing.T, token string) {
		tok, err := jose.Parse(token, policy)
		if err != nil {
			return
		}
		if keys.Verify(tok) == nil && token != genuine {
			t.Errorf("a token that was never signed verifies: %q", token)
		}
		other, err := gojose.ParseSignedCompact(token, theirs)
		if err != nil {
			t.Fatalf("go-jose refuses %q: %v", token, err)
		}
		h := other.Signatures[0].Header
		if h.Algorithm != string(tok.Algorithm) || h.KeyID != tok.KeyID ||
			string(other.UnsafePayloadWithoutVerification()) != string(tok.Payload) {
			t.Errorf("read as alg %q, kid %q, payload %q; go-jose reads %q, %q, %q", tok.Algorithm, tok.KeyID, tok.Payload,
				h.Algorithm, h.KeyID, other.UnsafePayloadWithoutVerification())
		}
	})
}

// FuzzKeySet holds that no input panics, that no set is both secret and
// public, and that every entry of a set is either taken or skipped.
func FuzzKeySet(f *testing.F) {
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		f.Fatal(err)
	}
	var file vectorFile
	if err := json.Unmarshal(data, &file); err != nil {
		f.Fatal(err)
	}
	for _, group := range file.TestGroups {
		f.Add(string(asSet(slices.Concat(group.Public, group.Private))))
	}
	f.Fuzz(func(t *testing.T, data string) {
		if _, _, err := jose.ParseSecretKeys([]byte(data)); err == nil {
			if _, _, err := jose.ParsePublicKeys([]byte(data)); err == nil {
				t.Errorf("one set is both secret and public: %q", data)
			}
			return
		}
		set, skipped, err := jose.ParsePublicKeys([]byte(data))
		if err != nil {
			return
		}
		var object map[string]json.RawMessage
		var list []json.RawMessage
		if err := errors.Join(json.Unmarshal([]byte(data), &object), json.Unmarshal(object["keys"], &list)); err != nil {
			t.Fatalf("encoding/json refuses the set %q: %v", data, err)
		}
		if got := set.Len() + len(skipped); got != len(list) {
			t.Errorf("%d keys and %d skipped, want %d together", set.Len(), len(skipped), len(list))
		}
	})
}

// FuzzClaims holds that what is taken is one JSON object, and that each claim
// is read as encoding/json reads it.
func FuzzClaims(f *testing.F) {
	for _, s := range []string{
		`{"iss":"a","aud":["b","c"],"exp":1800000000.5,"email_verified":true}`,
		`{"exp":1e3,"iss":null}`, `{"a":{"b":[{}]}}`, `{"iss":"\u0041\ud83d\ude00"}`, `{}{}`, `{"exp":"1"}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		c, err := jose.ParseClaims([]byte(payload))
		if err != nil {
			return
		}
		var lax map[string]any
		if err := json.Unmarshal([]byte(payload), &lax); err != nil {
			t.Fatalf("encoding/json refuses %q: %v", payload, err)
		}
		for name, value := range lax {
			if !c.Has(name) {
				t.Errorf("claim %q is lost", name)
			}
			want, isString := value.(string)
			if got, ok := c.String(name); ok != isString || got != want {
				t.Errorf("claim %q = %q, %v, want %q, %v", name, got, ok, want, isString)
			}
			if b, ok := c.Bool(name); ok && b != value.(bool) {
				t.Errorf("claim %q = %v, want %v", name, b, value)
			}
			if at, ok := c.Time(name); ok {
				if n := value.(float64); at.Unix() != int64(n) && n < 1<<52 {
					t.Errorf("claim %q = %v, want %v", name, at, n)
				}
			}
		}
	})
}
