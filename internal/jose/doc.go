// Package jose reads signed tokens in the one form that webhooks meet: compact
// JWS (RFC 7515) with asymmetric or HMAC signatures (RFC 7518, RFC 8037), and
// key sets (RFC 7517). It is a strict parser over the standard library's
// cryptography: what it does not know it refuses.
//
//	tok, err := jose.Parse(compact, jose.Policy{Algorithms: []jose.Algorithm{jose.RS256}})
//	err = keys.Verify(tok)              // keys comes from ParseKeySet
//	claims, err := jose.ParseClaims(tok.Payload)
//
// A token has three segments of canonical unpadded base64url and at most 8
// KiB. Its header holds alg and perhaps kid, typ and the thumbprints x5t and
// x5t#S256, each a string and each once; the thumbprints are ignored. Names
// that change how a token is read (crit, b64, zip, enc) or bring their own key
// (jwk, jku, x5u, x5c) are always refused, other unknown names unless the
// policy lists them. The algorithm must be on the policy's list, so "none"
// never passes.
//
// A key verifies only signatures of its own kind: the key type, the curve and,
// when given, the key's alg, use and key_ops must fit the algorithm. RSA keys
// have 2048 to 8192 bits and an odd exponent of 3 to 2^31-1, and are refused
// when they show the ROCA weakness (CVE-2017-15361). HMAC keys are at least as
// long as the hash.
//
// There is no encryption, no JSON serialization and no nesting.
package jose
