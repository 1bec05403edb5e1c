package auth_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"time"

	"github.com/cxhook/cxhook/auth"
)

// A server that ends TLS itself and asks Dialogflow for its certificate. The
// certificate proves Google; the header proves the agent.
func ExampleNewMTLS() {
	google, err := auth.NewMTLS(auth.MTLSConfig{Rules: auth.DialogflowClientCerts()})
	if err != nil {
		fmt.Println(err)
		return
	}
	agent, err := auth.NewHeader(auth.HeaderConfig{
		Name:    "X-Hook-Key",
		Secrets: auth.FixedSecrets("a-key-that-only-my-agent-sends"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	handler := auth.Require(auth.All(google, agent))(http.NotFoundHandler())

	files := func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil } // see CertificateFiles
	server := &http.Server{
		Addr:              ":8443",
		Handler:           handler,
		TLSConfig:         google.TLSConfig(files),
		ReadHeaderTimeout: 5 * time.Second,
		ErrorLog:          auth.NewHandshakeLog(nil, nil).Logger(),
	}
	fmt.Println(server.TLSConfig.ClientAuth, tls.VersionName(server.TLSConfig.MinVersion)) // and server.ListenAndServeTLS("", "")
	// Output: RequireAndVerifyClientCert TLS 1.2
}

// Behind a Google load balancer, which connects from its own addresses and
// sends what it has verified in headers.
func ExampleNewProxyMTLS() {
	google, err := auth.NewProxyMTLS(auth.ProxyMTLSConfig{
		Forwarding: auth.GoogleLoadBalancer,
		Peers: []netip.Prefix{
			netip.MustParsePrefix("35.191.0.0/16"),
			netip.MustParsePrefix("130.211.0.0/22"),
		},
		PlainHTTP: true, // from the load balancer to this process
		Rules:     auth.DialogflowClientCerts(),
		Alone:     true, // for this example
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, peer := range []string{"130.211.1.2:40000", "203.0.113.9:40000"} {
		r := httptest.NewRequest(http.MethodPost, "/webhook", nil)
		r.RemoteAddr = peer
		r.Header.Set("X-Client-Cert-Present", "true")
		r.Header.Set("X-Client-Cert-Chain-Verified", "true")
		r.Header.Set("X-Client-Cert-Subject-DN", "MBUxEzARBgNVBAMTCkdvb2dsZSBMTEM=")
		id, err := google.Verify(r)
		fmt.Println(id.Subject, err)
	}
	// Output:
	// CN=Google LLC <nil>
	//  auth: mtls-header: untrusted_peer
}
