//go:build !race

package webhookjson_test

const lostByPool = 0
