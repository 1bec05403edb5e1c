package sessions

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cxhook/cxhook/cx/emulator"
)

// Limits of sessions.
//
// Sources: https://docs.cloud.google.com/dialogflow/quotas and the comment of
// QueryParameters.session_ttl.
const (
	// DefaultTTL is how long a session outlives its last request.
	DefaultTTL = 30 * time.Minute
	// MaxTTL is the longest sessionTtl.
	MaxTTL = 24 * time.Hour
	// DefaultMaxSessions is how many sessions live at once.
	DefaultMaxSessions = 10_000
)

// Option changes a default of [New].
type Option func(*config) error

type config struct {
	agent string
	max   int
	log   *slog.Logger
}

// WithAgentName accepts sessions of this agent only,
// projects/PROJECT/locations/LOCATION/agents/AGENT. By default the agent
// answers to every name.
func WithAgentName(name string) Option {
	return func(c *config) error {
		if !emulator.ValidAgentName(name) {
			return fmt.Errorf("sessions: agent name %q, need projects/PROJECT/locations/LOCATION/agents/AGENT", name)
		}
		c.agent = name
		return nil
	}
}

// WithMaxSessions sets how many sessions live at once, [DefaultMaxSessions]
// by default.
func WithMaxSessions(n int) Option {
	return func(c *config) error {
		if n < 1 {
			return fmt.Errorf("sessions: at most %d sessions, need at least 1", n)
		}
		c.max = n
		return nil
	}
}

// WithLogger sets where each turn leaves a line: session, match, page, failed
// webhooks, and the error of a request that was refused. Neither what the user
// said nor parameters are in it. The default is nowhere.
func WithLogger(log *slog.Logger) Option {
	return func(c *config) error {
		if log == nil {
			return errors.New("sessions: WithLogger needs a logger")
		}
		c.log = log
		return nil
	}
}

// Server is Dialogflow's Sessions service for one emulated agent. It is safe
// for concurrent use.
type Server struct {
	em    *emulator.Emulator
	cfg   config
	store *store
}

// A REST front or a chat calls the methods of the same interface.
var _ cxpb.SessionsServer = (*Server)(nil)

// New makes a service of an emulated agent. The error is that of an option.
func New(em *emulator.Emulator, opts ...Option) (*Server, error) {
	cfg := config{max: DefaultMaxSessions, log: slog.New(slog.DiscardHandler)}
	for _, o := range opts {
		if err := o(&cfg); err != nil {
			return nil, err
		}
	}
	return &Server{em: em, cfg: cfg, store: newStore(em, cfg.max)}, nil
}

// DetectIntent runs one turn of a session.
func (s *Server) DetectIntent(ctx context.Context, req *cxpb.DetectIntentRequest) (*cxpb.DetectIntentResponse, error) {
	q, err := s.query(req.GetSession(), req.GetQueryParams(), req.GetQueryInput())
	if err != nil {
		return nil, s.refused(ctx, req.GetSession(), err)
	}
	q.noteAudio(req.GetOutputAudioConfig())
	res, err := s.run(ctx, q, func(session *emulator.Session) (*emulator.Result, error) {
		return session.Detect(ctx, q.input)
	})
	if err != nil {
		return nil, s.refused(ctx, req.GetSession(), err)
	}
	out := &cxpb.DetectIntentResponse{
		ResponseId: res.ResponseID, QueryResult: q.result(res), ResponseType: cxpb.DetectIntentResponse_FINAL,
	}
	if req.GetResponseView() == cxpb.DetectIntentResponseView_DETECT_INTENT_RESPONSE_VIEW_BASIC {
		out.QueryResult.DiagnosticInfo = nil
	}
	return out, nil
}

// MatchIntent says how the agent understands an input and leaves the session
// as it is, but for the parameters that persistParameterChanges is about.
func (s *Server) MatchIntent(ctx context.Context, req *cxpb.MatchIntentRequest) (*cxpb.MatchIntentResponse, error) {
	q, err := s.query(req.GetSession(), req.GetQueryParams(), req.GetQueryInput())
	if err != nil {
		return nil, s.refused(ctx, req.GetSession(), err)
	}
	res, err := s.run(ctx, q, func(session *emulator.Session) (*emulator.Result, error) {
		res, err := session.Match(ctx, q.input)
		if err == nil && req.GetPersistParameterChanges() && q.input.Query.Scope == "" {
			session.SetParameters(q.input.Query.Parameters)
		}
		return res, err
	})
	if err != nil {
		return nil, s.refused(ctx, req.GetSession(), err)
	}
	return q.matchResponse(res), nil
}

// FulfillIntent runs the turn of a match that MatchIntent gave.
func (s *Server) FulfillIntent(ctx context.Context, req *cxpb.FulfillIntentRequest) (*cxpb.FulfillIntentResponse, error) {
	first := req.GetMatchIntentRequest()
	q, err := s.query(first.GetSession(), first.GetQueryParams(), first.GetQueryInput())
	if err != nil {
		return nil, s.refused(ctx, first.GetSession(), err)
	}
	m, err := q.match(req.GetMatch())
	if err != nil {
		return nil, s.refused(ctx, first.GetSession(), err)
	}
	q.noteAudio(req.GetOutputAudioConfig())
	res, err := s.run(ctx, q, func(session *emulator.Session) (*emulator.Result, error) {
		return session.Fulfill(ctx, q.input, m)
	})
	if err != nil {
		return nil, s.refused(ctx, first.GetSession(), err)
	}
	return &cxpb.FulfillIntentResponse{ResponseId: res.ResponseID, QueryResult: q.result(res)}, nil
}

// run has a session run something and keeps it for the next request.
func (s *Server) run(ctx context.Context, q *query, do func(*emulator.Session) (*emulator.Result, error)) (*emulator.Result, error) {
	e, err := s.store.acquire(ctx, q.name, q.ttl)
	if err != nil {
		return nil, err
	}
	defer s.store.release(e)
	res, cause := do(e.session)
	switch {
	case cause == nil:
	case ctx.Err() != nil:
		return nil, status.FromContextError(ctx.Err()).Err()
	default:
		if err = statusOf(cause); status.Code(err) == codes.Internal {
			s.cfg.log.ErrorContext(ctx, "turn failed", "session", q.name.ID, "error", cause)
		}
		return nil, err
	}
	res.Notes = append(res.Notes, q.notes...)
	s.logTurn(ctx, q, res)
	return res, nil
}

func (s *Server) logTurn(ctx context.Context, q *query, res *emulator.Result) {
	s.cfg.log.InfoContext(ctx, "turn", "session", q.name.ID, "match", string(res.Match.Kind), "intent", res.Match.Intent,
		"flow", res.Flow, "page", res.Page, "replies", len(res.Messages), "webhooks", len(res.Webhooks))
	for _, w := range res.Webhooks {
		if w.Event != "" {
			s.cfg.log.WarnContext(ctx, "webhook failed", "session", q.name.ID, "webhook", w.Name, "tag", w.Tag,
				"event", w.Event, "status", w.Status.GetMessage())
		}
	}
	for _, n := range res.NeedsModel {
		s.cfg.log.WarnContext(ctx, "the turn needs a model", "session", q.name.ID, "for", n)
	}
}

// refused logs a request that ends in an error.
func (s *Server) refused(ctx context.Context, session string, err error) error {
	s.cfg.log.WarnContext(ctx, "request refused", "session", session, "error", err)
	return err
}

// statusOf is the status of an error of the emulator.
func statusOf(err error) error {
	switch {
	case errors.Is(err, emulator.ErrUnknownPage), errors.Is(err, emulator.ErrUnknownIntent):
		return status.Error(codes.NotFound, err.Error())
	case errors.Is(err, emulator.ErrName), errors.Is(err, emulator.ErrOtherAgent):
		return status.Error(codes.InvalidArgument, err.Error())
	}
	return status.Error(codes.Internal, "sessions: the matcher or the model failed; the log of the server says why")
}
