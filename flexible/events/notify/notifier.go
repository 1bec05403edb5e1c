package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	dialogflow "cloud.google.com/go/dialogflow/cx/apiv3"
	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/flexible/events"
)

// Notification is an event for a session.
type Notification struct {
	// Session is the session's id, or its whole name below the agent.
	Session string
	// Event is the name that a page or a flow of the agent handles.
	Event string
	// Params become session parameters before the event is handled: values as
	// in JSON.
	Params map[string]any
	// Language and TimeZone are those of the turn. The language is the
	// configuration's by default, the time zone the agent's.
	Language, TimeZone string
}

// Notifier sends notifications. It is safe for concurrent use.
type Notifier struct {
	cfg    Config
	client *dialogflow.SessionsClient
}

// New returns a notifier for one agent. The connection is made with the first
// notification. Credentials are the application's default ones, unless
// Config.Options say otherwise.
func New(ctx context.Context, cfg Config) (*Notifier, error) {
	location, err := cfg.check()
	if err != nil {
		return nil, err
	}
	opts := append([]option.ClientOption{option.WithEndpoint(endpoint(location))}, cfg.Options...)
	client, err := dialogflow.NewSessionsClient(ctx, opts...)
	if err != nil {
		return nil, fmt.Errorf("notify: client of the Sessions API: %w", err)
	}
	return &Notifier{cfg: cfg, client: client}, nil
}

// Close closes the connection.
func (n *Notifier) Close() error { return n.client.Close() }

// Notify sends the notification of a delivery and returns what the agent
// answered, or what it answered when the event was sent the first time. An
// error that no repetition can mend is events.Permanent. Errors hold no
// parameter.
func (n *Notifier) Notify(ctx context.Context, d events.Delivery, note Notification) (*cxpb.QueryResult, error) {
	req, err := n.request(note)
	if err != nil {
		return nil, events.Permanent(err)
	}
	if n.cfg.Once == nil {
		return n.send(ctx, req)
	}
	var sent *cxpb.QueryResult
	// The claim outlasts the request, so that no second one is on its way.
	data, err := events.Effect(ctx, n.cfg.Once, d, "notify "+req.GetSession()+" "+note.Event, n.cfg.Timeout+leaseMargin,
		func(ctx context.Context, _ once.Key) ([]byte, error) {
			var err error
			if sent, err = n.send(ctx, req); err != nil {
				return nil, err
			}
			return proto.Marshal(sent)
		})
	if sent != nil && errors.Is(err, events.ErrUnsaved) {
		return sent, err
	}
	if err != nil {
		return nil, err
	}
	if sent != nil {
		return sent, nil
	}
	kept := new(cxpb.QueryResult)
	if err := proto.Unmarshal(data, kept); err != nil {
		return nil, events.Permanent(fmt.Errorf("notify: the kept answer cannot be read: %w", err))
	}
	return kept, nil
}

const leaseMargin = 5 * time.Second

// Handler returns a handler of events that notifies: pick says whom and of
// what, and then gets the agent's answer, to push it to the user. Then may be
// nil. It is called for every delivery whose notification is known to be sent,
// so it may be called twice for one event.
func (n *Notifier) Handler(pick func(context.Context, events.Delivery) (Notification, error),
	then func(context.Context, events.Delivery, *cxpb.QueryResult) error,
) events.HandlerFunc {
	return func(ctx context.Context, d events.Delivery) error {
		note, err := pick(ctx, d)
		if err != nil {
			return err
		}
		answer, err := n.Notify(ctx, d, note)
		if answer == nil {
			return err
		}
		// Sent and not noted: the user gets the answer, and nobody sends again.
		if then != nil {
			return then(ctx, d, answer)
		}
		return nil
	}
}

func (n *Notifier) request(note Notification) (*cxpb.DetectIntentRequest, error) {
	id := strings.TrimPrefix(note.Session, n.cfg.Agent+"/sessions/")
	if !sessionID.MatchString(id) {
		return nil, fmt.Errorf("%w: the session is no id of at most 36 characters, nor one of %s", ErrNotification, n.cfg.Agent)
	}
	if note.Event == "" {
		return nil, fmt.Errorf("%w: there is no event", ErrNotification)
	}
	params, err := structpb.NewStruct(note.Params)
	if err != nil {
		return nil, fmt.Errorf("%w: a parameter has no JSON", ErrNotification)
	}
	language := note.Language
	if language == "" {
		language = n.cfg.Language
	}
	return &cxpb.DetectIntentRequest{
		Session:     n.cfg.Agent + "/sessions/" + id,
		QueryParams: &cxpb.QueryParameters{Parameters: params, TimeZone: note.TimeZone},
		QueryInput:  &cxpb.QueryInput{Input: &cxpb.QueryInput_Event{Event: &cxpb.EventInput{Event: note.Event}}, LanguageCode: language},
	}, nil
}

// send sends the request, again while the service is unavailable.
func (n *Notifier) send(ctx context.Context, req *cxpb.DetectIntentRequest) (*cxpb.QueryResult, error) {
	ctx, cancel := context.WithTimeout(ctx, n.cfg.Timeout)
	defer cancel()
	again := gax.WithRetry(func() gax.Retryer {
		return gax.OnCodes([]codes.Code{codes.Unavailable}, gax.Backoff{Initial: 100 * time.Millisecond, Max: 2 * time.Second, Multiplier: 2})
	})
	resp, err := n.client.DetectIntent(ctx, req, again)
	if err == nil {
		return resp.GetQueryResult(), nil
	}
	code := status.Code(err)
	// The service's text may repeat what the request held.
	err = &sendError{session: req.GetSession(), code: code, cause: err}
	switch code {
	case codes.InvalidArgument, codes.NotFound, codes.OutOfRange, codes.Unimplemented:
		return nil, events.Permanent(err)
	}
	return nil, err
}

// sendError names the code alone; its cause is for errors.As.
type sendError struct {
	session string
	code    codes.Code
	cause   error
}

func (e *sendError) Error() string {
	return fmt.Sprintf("notify: session %q: %v", e.session, e.code)
}

func (e *sendError) Unwrap() error { return e.cause }
