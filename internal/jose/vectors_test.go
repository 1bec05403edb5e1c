package jose_test

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/cxhook/cxhook/internal/corpus"
	"github.com/cxhook/cxhook/internal/jose"
)

// vectorFile is the schema of Wycheproof's JWS and JWK files, in which each
// group has one key, or one set of keys, and its tokens.
type vectorFile struct {
	TestGroups []struct {
		Public  json.RawMessage `json:"public"`
		Private json.RawMessage `json:"private"`
		Tests   []struct {
			ID      int    `json:"tcId"`
			Comment string `json:"comment"`
			JWS     string `json:"jws"`
			Result  string `json:"result"`
		} `json:"tests"`
	} `json:"testGroups"`
}

// knownDefects are the cases of the JWS file whose stated result a strict
// verifier does not give.
var knownDefects = map[int]string{
	346: "the key's alg is not the token's",
	347: "the key's alg is not the token's",
	350: "the key's alg is not the token's",
	351: "the key's alg is not the token's",
	367: "byte-identical to the valid case 357",
	370: "byte-identical to the valid case 357",
	372: "holds a '?', and the MAC does not match",
	373: "holds a '?', and the MAC does not match",
}

func TestJOSEVectorsCorpus(t *testing.T) {
	t.Parallel()
	tests := []struct {
		file    string
		cases   int
		defects map[int]string
	}{
		{"json_web_signature_test.json", 401, knownDefects},
		{"json_web_key_test.json", 26, nil},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			count, odd := runVectors(t, corpus.Dir(t, "jose", tt.file))
			if count != tt.cases {
				t.Errorf("file holds %d cases, want %d", count, tt.cases)
			}
			for id, got := range odd {
				if tt.defects[id] == "" {
					t.Errorf("case %d: %s", id, got)
				}
			}
			for id, why := range tt.defects {
				if odd[id] == "" {
					t.Errorf("case %d gives its stated result, although %s", id, why)
				}
			}
			t.Logf("%s: %d cases, %d exceptions", tt.file, count, len(odd))
		})
	}
}

func TestOwnVectors(t *testing.T) {
	t.Parallel()
	count, odd := runVectors(t, "testdata/vectors.json")
	for id, got := range odd {
		t.Errorf("case %d: %s", id, got)
	}
	if count < 40 {
		t.Errorf("file holds %d cases, want at least 40", count)
	}
}

// runVectors returns the number of cases and, by id, those whose result is not
// the stated one.
func runVectors(t *testing.T, path string) (count int, odd map[int]string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file vectorFile
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	odd = map[int]string{}
	for _, group := range file.TestGroups {
		for _, tc := range group.Tests {
			count++
			err := verifyVector(group.Public, group.Private, tc.JWS)
			if (err == nil) != (tc.Result == "valid") {
				odd[tc.ID] = tc.Comment + ": want " + tc.Result + ", got " + errorText(err)
			}
		}
	}
	return count, odd
}

func errorText(err error) string {
	if err == nil {
		return "verified"
	}
	return err.Error()
}

var errKeys = errors.New("no usable keys")

// verifyVector verifies a token as a user would: public keys when the group
// has them, else its secret keys, and the algorithms that the keys name.
func verifyVector(public, private json.RawMessage, token string) error {
	data, parse := public, jose.ParsePublicKeys
	if len(public) == 0 {
		data, parse = private, jose.ParseSecretKeys
	}
	set := asSet(data)
	keys, _, err := parse(set)
	if err != nil {
		return errors.Join(errKeys, err)
	}
	tok, err := jose.Parse(token, jose.Policy{Algorithms: namedAlgorithms(set)})
	if err != nil {
		return err
	}
	return keys.Verify(tok)
}

// asSet wraps a lone key into a set.
func asSet(data json.RawMessage) []byte {
	var probe struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(data, &probe) == nil && probe.Keys != nil {
		return data
	}
	return slices.Concat([]byte(`{"keys":[`), data, []byte(`]}`))
}

// namedAlgorithms returns what the keys of a set are for: their alg, or every
// public-key algorithm for a key that names none.
func namedAlgorithms(set []byte) []jose.Algorithm {
	var probe struct {
		Keys []struct {
			Alg jose.Algorithm `json:"alg"`
		} `json:"keys"`
	}
	if json.Unmarshal(set, &probe) != nil {
		return nil
	}
	var list []jose.Algorithm
	for _, k := range probe.Keys {
		if k.Alg == "" {
			return publicAlgorithms
		}
		list = append(list, k.Alg)
	}
	return list
}

var publicAlgorithms = []jose.Algorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512,
	jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}
