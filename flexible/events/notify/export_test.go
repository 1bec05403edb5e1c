package notify

// EndpointOf returns the endpoint that New gives to the client of an agent.
func EndpointOf(agent string) (string, error) {
	cfg := Config{Agent: agent}
	location, err := cfg.check()
	return endpoint(location), err
}
