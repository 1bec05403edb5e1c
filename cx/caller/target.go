package caller

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Target says where a [Caller] finds the service of a webhook. The zero value
// is [ToResource].
type Target struct {
	handler http.Handler
	url     string
	nilFunc bool
}

// ToResource calls the URI of the resource itself, or for a service directory
// the address that [WithServiceDirectory] finds.
func ToResource() Target { return Target{} }

// ToHandler calls h in the same process. The requests go through net/http's
// client and server over an in-memory connection: h sees the host, path and
// query of the resource's URI and the peer 127.0.0.1, the end of an attempt
// ends its request's context (once the body has been read to its end, as in
// every server of net/http), and a panic cuts the connection. There is no TLS,
// so Request.TLS is nil.
//
// Such a caller works in the fake time of testing/synctest and needs no
// [Caller.Close].
func ToHandler(h http.Handler) Target { return Target{handler: h, nilFunc: h == nil} }

// ToURL calls another address than the resource names. A URL that has only
// scheme and host, as http://127.0.0.1:8080, takes the place of those of the
// resource, whose path and query stay; one with a path or a query takes the
// place of the whole URI, which flexible webhooks do not allow.
func ToURL(u string) Target { return Target{url: u} }

// location returns the URL that is called, from the URI of the resource.
//
// Of a flexible webhook only scheme and host are looked at, because the rest
// is a template.
func (t Target) location(uri string, flexible bool) (*url.URL, error) {
	uri = strings.TrimSpace(uri)
	if flexible {
		uri = strings.TrimSuffix(uri, afterHost(uri))
	}
	switch {
	case t.nilFunc:
		return nil, errors.New("caller: the target is a nil handler")
	case t.handler != nil:
		return handlerURL(uri)
	case t.url != "":
		return replacedURL(t.url, uri, flexible)
	}
	return absoluteURL(uri)
}

// absoluteURL parses a URL that is to be dialled.
func absoluteURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return nil, errors.New("caller: the resource has no URI")
	case !strings.Contains(s, "://"):
		return nil, fmt.Errorf("caller: URI %q has no scheme, write https://%s (or http://%s, with AllowLocal)", s, s, s)
	case err != nil:
		return nil, fmt.Errorf("caller: %w", err)
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("caller: URI %q: the scheme is %q, need https", s, u.Scheme)
	case u.Hostname() == "":
		return nil, fmt.Errorf("caller: URI %q has no host", s)
	case strings.ContainsAny(u.Hostname(), "<>\"{}|\\^`$ "):
		return nil, fmt.Errorf("caller: URI %q: %q is not a host name", s, u.Hostname())
	case u.User != nil:
		return nil, fmt.Errorf("caller: the URI of host %q holds credentials", u.Host)
	}
	u.Fragment, u.RawFragment = "", ""
	if u.Path == "" {
		u.Path = "/"
	}
	return u, nil
}

// handlerURL keeps path and query of the URI. The host of an unfinished
// resource may be a placeholder that no URL allows; it is then replaced.
func handlerURL(uri string) (*url.URL, error) {
	if u, err := absoluteURL(uri); err == nil {
		return u, nil
	}
	return absoluteURL("https://localhost" + afterHost(uri))
}

func replacedURL(target, uri string, flexible bool) (*url.URL, error) {
	u, err := absoluteURL(target)
	if err != nil {
		return nil, err
	}
	if flexible && (u.Path != "/" || u.RawQuery != "") {
		return nil, fmt.Errorf("caller: target %q has a path, which a flexible webhook takes from its resource", target)
	}
	if u.Path != "/" || u.RawQuery != "" {
		return u, nil
	}
	return absoluteURL(u.Scheme + "://" + u.Host + afterHost(uri))
}

// afterHost returns what follows scheme and host in a URI, however wrong
// those two are.
func afterHost(uri string) string {
	_, rest, ok := strings.Cut(uri, "://")
	if !ok {
		return "/"
	}
	i := strings.IndexAny(rest, "/?#")
	if i < 0 {
		return "/"
	}
	if rest[i] != '/' {
		return "/" + rest[i:]
	}
	return rest[i:]
}
