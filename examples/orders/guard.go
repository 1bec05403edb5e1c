package main

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"slices"

	"google.golang.org/api/option"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/auth/secretmanager"
)

// errNoVerifier keeps the desk from being open to the world.
var errNoVerifier = errors.New("orders: refusing to start on Cloud Run without a verifier: anyone could call the desk; set WEBHOOK_AUTH")

// guardVariables names all variables that guards are made of, for errors and
// for the documentation.
func guardVariables() []string {
	return []string{
		"WEBHOOK_AUTH",
		"WEBHOOK_HEADER", "WEBHOOK_HEADER_VALUE", "WEBHOOK_HEADER_VERSION",
		"WEBHOOK_BASIC", "WEBHOOK_BASIC_VERSION",
		"WEBHOOK_URL", "WEBHOOK_PROJECT_NUMBER", "WEBHOOK_PLATFORM_VERIFIED",
		"WEBHOOK_OAUTH_ISSUER", "WEBHOOK_OAUTH_AUDIENCE", "WEBHOOK_OAUTH_CLIENT", "WEBHOOK_OAUTH_SCOPE",
		"WEBHOOK_OAUTH_KEYS", "WEBHOOK_OAUTH_ALGORITHM",
		"WEBHOOK_OAUTH_INTROSPECTION", "WEBHOOK_OAUTH_OWN_ID", "WEBHOOK_OAUTH_OWN_SECRET", "WEBHOOK_OAUTH_OWN_SECRET_VERSION",
		"WEBHOOK_ACCOUNT", "WEBHOOK_ACCOUNT_ID",
		"WEBHOOK_PROXY", "WEBHOOK_PROXY_PLAIN",
	}
}

// outside is what guards ask over the network. The zero value is the real
// thing; tests have stand-ins.
type outside struct {
	client        *http.Client
	secretManager []option.ClientOption
}

// guards makes verifiers of variables. What it opens ends with ctx.
type guards struct {
	*variables
	ctx context.Context
	out outside
}

// guardFrom returns the middleware that lets verified callers in, by all the
// schemes that WEBHOOK_AUTH lists. Without that it is open to everyone, which
// is for the laptop only.
func guardFrom(ctx context.Context, getenv func(string) string, out outside) (func(http.Handler) http.Handler, error) {
	g := &guards{newVariables(getenv), ctx, out}
	schemes := g.list("WEBHOOK_AUTH")
	clear(g.values) // the names of schemes may stand in errors
	var verifiers []auth.Verifier
	strong := false
	for _, scheme := range schemes {
		before := len(g.problems)
		v, err := g.verifier(scheme)
		switch {
		case len(g.problems) > before: // said already
		case err != nil:
			g.failed(scheme, err)
		default:
			verifiers = append(verifiers, v)
			strong = strong || !slices.Contains([]string{"google-access-token", "client-cert"}, scheme)
		}
	}
	if err := g.err(); err != nil {
		return nil, err
	}
	switch {
	case len(verifiers) == 0 && onCloudRun(getenv):
		return nil, errNoVerifier
	case len(verifiers) == 0:
		return func(h http.Handler) http.Handler { return h }, nil
	case !strong:
		return nil, errors.New("orders: WEBHOOK_AUTH lists only what proves Google and not the agent; add another scheme, such as header")
	}
	return auth.Require(auth.All(verifiers...)), nil
}

// verifier makes the verifier of one scheme.
func (g *guards) verifier(scheme string) (auth.Verifier, error) {
	switch scheme {
	case "header":
		return g.header()
	case "basic":
		return auth.NewBasic(auth.BasicConfig{Credentials: g.secret("WEBHOOK_BASIC", auth.SecretUserPassword)})
	case "id-token":
		return auth.NewIDToken(auth.IDTokenConfig{
			Audiences: g.requiredList("WEBHOOK_URL"), ProjectNumbers: g.requiredList("WEBHOOK_PROJECT_NUMBER"),
			PlatformVerified: g.platformVerified(), Keys: g.keys(auth.GoogleKeysURL),
		})
	case "oauth":
		return g.oauth()
	case "oauth-opaque":
		return auth.NewIntrospection(auth.IntrospectionConfig{
			Endpoint: g.required("WEBHOOK_OAUTH_INTROSPECTION"), Issuer: g.optional("WEBHOOK_OAUTH_ISSUER"),
			Audiences: g.requiredList("WEBHOOK_OAUTH_AUDIENCE"), Clients: g.requiredList("WEBHOOK_OAUTH_CLIENT"), Scopes: g.list("WEBHOOK_OAUTH_SCOPE"),
			ClientID: g.required("WEBHOOK_OAUTH_OWN_ID"), ClientSecret: g.secret("WEBHOOK_OAUTH_OWN_SECRET", auth.SecretClient),
			Lookup: auth.LookupConfig{Client: g.out.client},
		})
	case "google-access-token":
		return auth.NewGoogleAccessToken(auth.GoogleAccessTokenConfig{
			Emails: g.requiredList("WEBHOOK_ACCOUNT"), ClientIDs: g.requiredList("WEBHOOK_ACCOUNT_ID"), Lookup: auth.LookupConfig{Client: g.out.client},
		})
	case "client-cert":
		return auth.NewProxyMTLS(auth.ProxyMTLSConfig{
			Forwarding: auth.GoogleLoadBalancer, Rules: auth.DialogflowClientCerts(),
			Peers: g.peers(), PlainHTTP: g.yes("WEBHOOK_PROXY_PLAIN"),
		})
	}
	g.problem("WEBHOOK_AUTH lists an unknown scheme: have header, basic, id-token, oauth, oauth-opaque, google-access-token and client-cert")
	return nil, nil
}

// platformVerified is for Cloud Run alone: elsewhere nobody has checked a token
// without a signature, and anyone can write one.
func (g *guards) platformVerified() bool {
	yes := g.yes("WEBHOOK_PLATFORM_VERIFIED")
	if yes && !onCloudRun(g.getenv) {
		g.problem("WEBHOOK_PLATFORM_VERIFIED is set, and this is not Cloud Run, so nobody has checked the tokens")
	}
	return yes
}

func (g *guards) header() (auth.Verifier, error) {
	name := g.optional("WEBHOOK_HEADER")
	if name == "" {
		name = "Authorization"
	}
	return auth.NewHeader(auth.HeaderConfig{Name: name, Secrets: g.secretOf("WEBHOOK_HEADER_VALUE", "WEBHOOK_HEADER_VERSION", auth.SecretHeader)})
}

// oauth takes the issuer's keys from WEBHOOK_OAUTH_KEYS, or from where the
// issuer says that they are.
func (g *guards) oauth() (auth.Verifier, error) {
	cfg := auth.JWTConfig{
		Issuer: g.required("WEBHOOK_OAUTH_ISSUER"), Audiences: g.requiredList("WEBHOOK_OAUTH_AUDIENCE"),
		Clients: g.requiredList("WEBHOOK_OAUTH_CLIENT"), Scopes: g.list("WEBHOOK_OAUTH_SCOPE"), Algorithms: g.list("WEBHOOK_OAUTH_ALGORITHM"),
	}
	if url := g.optional("WEBHOOK_OAUTH_KEYS"); url != "" {
		cfg.Keys = g.keys(url)
	} else if cfg.Issuer != "" {
		keys, err := auth.DiscoverKeys(g.ctx, cfg.Issuer, auth.KeySetConfig{Client: g.out.client})
		if err != nil {
			return nil, err
		}
		cfg.Keys = g.closing(keys)
	}
	return auth.NewJWT(cfg)
}

// keys returns the key set at a URL, which is fetched when it is needed.
func (g *guards) keys(url string) *auth.KeySet {
	keys, err := auth.NewKeySet(auth.KeySetConfig{URL: url, Client: g.out.client})
	if err != nil {
		g.failed("keys", err)
		return nil
	}
	return g.closing(keys)
}

func (g *guards) closing(keys *auth.KeySet) *auth.KeySet {
	context.AfterFunc(g.ctx, keys.Close)
	return keys
}

// secret reads a variable, or the version of Secret Manager that the variable
// with _VERSION at its end names.
func (g *guards) secret(name string, format auth.SecretFormat) auth.SecretSource {
	return g.secretOf(name, name+"_VERSION", format)
}

func (g *guards) secretOf(valueName, versionName string, format auth.SecretFormat) auth.SecretSource {
	value, version := g.optional(valueName), g.optional(versionName)
	switch {
	case value == "" && version == "":
		g.problem("neither %s nor %s is set", valueName, versionName)
	case value != "" && version != "":
		g.problem("both %s and %s are set", valueName, versionName)
	case version == "":
		return auth.FixedSecrets(value)
	default:
		s, err := secretmanager.Open(g.ctx, secretmanager.Config{Version: version, Format: format, ClientOptions: g.out.secretManager})
		if err != nil {
			g.failed(versionName, err)
			return nil
		}
		context.AfterFunc(g.ctx, func() { _ = s.Close() }) // the process ends
		return s
	}
	return nil
}

// peers returns the addresses that the load balancer calls from.
func (g *guards) peers() []netip.Prefix {
	var list []netip.Prefix
	for _, text := range g.requiredList("WEBHOOK_PROXY") {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			g.problem("WEBHOOK_PROXY is not a list of address ranges such as 35.191.0.0/16")
			return nil
		}
		list = append(list, p)
	}
	return list
}
