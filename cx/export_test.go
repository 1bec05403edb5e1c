package cx

import "time"

// WithWriteTimeout shortens the server's write timeout of 40 s for a test.
func WithWriteTimeout(d time.Duration) ServeOption {
	return func(s *server) { s.write = d }
}
