//go:build race

package webhookjson_test

// The race detector makes sync.Pool lose some of what it holds, so that a
// pooled encoder or decoder is made anew, with its scratch space.
const lostByPool = 8
