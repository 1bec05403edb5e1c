package auth

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cxhook/cxhook/internal/jose"
)

// schemeIDToken is the scheme of Google's ID tokens.
const schemeIDToken = "id-token"

// GoogleKeysURL is where Google publishes the keys of its ID tokens.
const GoogleKeysURL = "https://www.googleapis.com/oauth2/v3/certs"

// maxIDTokenLifetime bounds the life of ID tokens; Google gives one hour.
const maxIDTokenLifetime = 65 * time.Minute

// signatureRemoved is what Cloud Run puts in place of the signature of a token
// that it has checked itself.
const signatureRemoved = "SIGNATURE_REMOVED_BY_GOOGLE"

// serverlessHeader is the header that Cloud Run looks at before Authorization.
const serverlessHeader = "X-Serverless-Authorization"

// DialogflowServiceAgent returns the e-mail of the service agent by which
// Dialogflow calls the webhooks of the agents of a project.
//
// Source: https://docs.cloud.google.com/dialogflow/cx/docs/concept/webhook.
func DialogflowServiceAgent(projectNumber string) string {
	return "service-" + projectNumber + "@gcp-sa-dialogflow.iam.gserviceaccount.com"
}

// IDTokenConfig configures [NewIDToken].
type IDTokenConfig struct {
	// Audiences lists the webhook's URLs as they are configured in
	// Dialogflow, whose query is left out of the audience and so is dropped
	// here. They are compared letter by letter. Required.
	Audiences []string
	// ProjectNumbers lists the projects whose Dialogflow agents may call, by
	// number, not by id.
	ProjectNumbers []string
	// Emails lists further accounts that may call, such as the service
	// account of a push queue.
	Emails []string
	// AnyEmail lets in everybody whom Google gives an ID token for the
	// audience, which is everybody with a Google account: other customers'
	// agents as well. Callers without a verified e-mail are named by their sub
	// in the identity. One of ProjectNumbers, Emails and AnyEmail is required.
	AnyEmail bool
	// PlatformVerified takes tokens whose signature Cloud Run has removed
	// after checking it, and reads X-Serverless-Authorization before
	// Authorization, as Cloud Run does.
	//
	// It is forgeable wherever a request can reach the server without Cloud
	// Run having checked the token: a service that allows unauthenticated
	// calls, another platform, a local port, a proxy beside the service.
	// Anyone can then write such a token by hand. Set it only where Cloud
	// Run's IAM check is on and nothing else listens.
	PlatformVerified bool
	// Keys are Google's. The default is a set of its own, fetched from
	// GoogleKeysURL.
	Keys *KeySet
	// Leeway is how far clocks may differ: see [DefaultLeeway], [NoLeeway].
	Leeway time.Duration
	// Now is the clock. The default is time.Now.
	Now func() time.Time
}

// IDToken verifies the ID token of Dialogflow's service agent: a token that
// Google signed by RS256 for the URL of the webhook, at most 65 minutes long,
// with the verified e-mail of a listed account. It proves that an agent of a
// listed project calls this webhook; whoever sees one request can repeat it
// until the token expires.
//
// The audience comes from the configuration alone, never from the request.
//
// Source: https://docs.cloud.google.com/dialogflow/cx/docs/concept/webhook.
type IDToken struct {
	rules    tokenRules
	emails   []string
	anyEmail bool
	platform bool
}

// NewIDToken returns the verifier. Missing audiences or accounts, audiences
// that are not absolute URLs, project numbers that are not numbers, and a
// leeway over [MaxLeeway] are errors.
func NewIDToken(cfg IDTokenConfig) (*IDToken, error) {
	audiences, err := audiencesOf(cfg.Audiences)
	if err != nil {
		return nil, err
	}
	emails, err := cfg.emails()
	if err != nil {
		return nil, err
	}
	leeway, err := leewayOf(cfg.Leeway)
	if err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Keys == nil {
		//backstop: the address is good
		if cfg.Keys, err = NewKeySet(KeySetConfig{URL: GoogleKeysURL, Now: cfg.Now}); err != nil {
			return nil, err
		}
	}
	if !cfg.Keys.made() {
		return nil, errors.New("auth: id-token: no constructor has made the keys")
	}
	return &IDToken{
		rules: tokenRules{
			policy:      jose.Policy{Algorithms: []jose.Algorithm{jose.RS256}},
			keys:        cfg.Keys,
			issuers:     []string{"https://accounts.google.com", "accounts.google.com"},
			audiences:   audiences,
			leeway:      leeway,
			maxLifetime: maxIDTokenLifetime,
			needIssued:  true,
			now:         cfg.Now,
		},
		emails: emails, anyEmail: cfg.AnyEmail, platform: cfg.PlatformVerified,
	}, nil
}

func audiencesOf(urls []string) ([]string, error) {
	if len(urls) == 0 {
		return nil, errors.New("auth: id-token: no audience is configured")
	}
	var list []string
	for _, raw := range urls {
		u, err := url.Parse(raw)
		if err != nil {
			return nil, errors.New("auth: id-token: an audience is no URL")
		}
		if (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil || strings.Contains(raw, "#") {
			return nil, fmt.Errorf("auth: id-token: audience %q is not the URL of a webhook", u.Redacted())
		}
		plain, _, _ := strings.Cut(raw, "?")
		list = append(list, plain)
	}
	return list, nil
}

func (cfg IDTokenConfig) emails() ([]string, error) {
	var list []string
	for _, number := range cfg.ProjectNumbers {
		if number == "" || len(number) > 20 || number[0] == '0' || strings.Trim(number, "0123456789") != "" {
			return nil, fmt.Errorf("auth: id-token: %q is not the number of a project", number)
		}
		list = append(list, DialogflowServiceAgent(number))
	}
	for _, email := range cfg.Emails {
		if name, domain, _ := strings.Cut(email, "@"); name == "" || domain == "" || strings.ContainsAny(email, " \t\r\n*") {
			return nil, fmt.Errorf("auth: id-token: %q is not an e-mail", email)
		}
		list = append(list, email)
	}
	switch {
	case len(list) == 0 && !cfg.AnyEmail:
		return nil, errors.New("auth: id-token: no project number or e-mail is configured; AnyEmail lets all in")
	case len(list) > 0 && cfg.AnyEmail:
		return nil, errors.New("auth: id-token: both accounts and AnyEmail are set")
	}
	return list, nil
}

// Keys returns the keys that tokens are verified by, to fetch them at the
// start.
func (v *IDToken) Keys() *KeySet { return v.rules.keys }

// Verify passes a request whose bearer token is that of a listed account.
func (v *IDToken) Verify(r *http.Request) (Identity, error) {
	id, f := v.verify(r)
	if f != nil {
		return Identity{}, refuseAs(schemeIDToken, f, challengeBearer)
	}
	return id, nil
}

func (v *IDToken) verify(r *http.Request) (Identity, *Refusal) {
	name := "Authorization"
	if v.platform && len(r.Header[serverlessHeader]) > 0 {
		name = serverlessHeader
	}
	compact, f := authorization(r.Header, name, "Bearer")
	if f != nil {
		return Identity{}, f
	}
	tok, claims, f := v.rules.parse(compact)
	if f != nil {
		return Identity{}, f
	}
	if f := v.signature(r, tok); f != nil {
		return Identity{}, f
	}
	aud, f := v.rules.audience(claims)
	if f != nil {
		return Identity{}, f
	}
	if f := v.rules.times(claims); f != nil {
		return Identity{}, f
	}
	subject, f := v.email(claims)
	if f != nil {
		return Identity{}, f
	}
	return Identity{Scheme: schemeIDToken, Subject: subject, Issuer: v.rules.issuers[0], Audience: aud}, nil
}

// signature refuses a token that Google has not signed, or whose signature is
// gone although nobody said that the platform checks it.
func (v *IDToken) signature(r *http.Request, tok *jose.Token) *Refusal {
	if tok.SignatureText != signatureRemoved {
		return v.rules.verifySignature(r.Context(), tok)
	}
	if v.platform {
		return nil
	}
	f := unauthorized(ReasonSignatureRemoved)
	f.Hint = "Cloud Run has checked this token and removed its signature; IDTokenConfig.PlatformVerified accepts that, read its warning first"
	return f
}

// email refuses accounts that are not listed or not verified, and returns who
// calls.
func (v *IDToken) email(claims jose.Claims) (string, *Refusal) {
	email, _ := claims.String("email")
	verified, _ := claims.Bool("email_verified")
	switch {
	case !v.anyEmail && (!verified || !slices.Contains(v.emails, email)):
		return "", forbidden(ReasonEmail)
	case verified && email != "":
		return email, nil
	}
	sub, _ := claims.String("sub")
	if sub == "" {
		return "", unauthorized(ReasonClaims)
	}
	return sub, nil
}
