//go:build !linux

package jetstream_test

func prepareChild(childConfig) error { return nil }
