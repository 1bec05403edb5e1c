package sessions

import (
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"golang.org/x/text/language"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cxhook/cxhook/cx/emulator"
)

// query is a request, read and checked.
type query struct {
	em    *emulator.Emulator
	name  emulator.SessionName
	input emulator.Input
	ttl   time.Duration // 0 if the request gives none
	notes []string      // what of the request is not emulated
	sent  *cxpb.QueryInput
}

// query reads a request. The error is a status.
func (s *Server) query(session string, params *cxpb.QueryParameters, input *cxpb.QueryInput) (*query, error) {
	name, err := emulator.ParseSessionName(session)
	if err != nil {
		return nil, invalid("session", "%v", err)
	}
	if s.cfg.agent != "" && name.Agent != s.cfg.agent {
		return nil, status.Errorf(codes.NotFound, "sessions: no agent %q here, the one that is served is %q", name.Agent, s.cfg.agent)
	}
	q := &query{em: s.em, name: name, sent: input}
	if err := q.readInput(input); err != nil {
		return nil, err
	}
	if err := q.readParams(params); err != nil {
		return nil, err
	}
	q.noteUnused(params)
	return q, nil
}

// readInput reads what the user did.
func (q *query) readInput(input *cxpb.QueryInput) error {
	switch in := input.GetInput().(type) {
	case nil:
		return invalid("query_input.input", "the query input has neither text nor intent, event or dtmf")
	case *cxpb.QueryInput_Text:
		q.input.Text = in.Text.GetText()
	case *cxpb.QueryInput_Event:
		if q.input.Event = in.Event.GetEvent(); strings.TrimSpace(q.input.Event) == "" {
			return invalid("query_input.event.event", "the event has no name")
		}
	case *cxpb.QueryInput_Dtmf:
		q.input.DTMF = in.Dtmf.GetDigits()
	case *cxpb.QueryInput_Intent:
		name, err := q.em.IntentOf(q.name.Agent, in.Intent.GetIntent())
		if err != nil {
			return statusOf(err)
		}
		q.input.Intent = name
	case *cxpb.QueryInput_Audio:
		return status.Error(codes.Unimplemented, "sessions: the emulator does not understand speech; send its text")
	default:
		return status.Errorf(codes.Unimplemented, "sessions: the emulator takes text, intents, events and dtmf, not %T", in)
	}
	code := input.GetLanguageCode()
	if code == "" {
		return invalid("query_input.language_code", "the query input has no language code")
	}
	if _, err := language.Parse(code); err != nil {
		return invalid("query_input.language_code", "%q is no language code", code)
	}
	q.input.Language = code
	return nil
}

// readParams reads the query parameters.
func (q *query) readParams(p *cxpb.QueryParameters) error {
	to := &q.input.Query
	to.Parameters = p.GetParameters().AsMap()
	if p.GetPayload() != nil {
		to.Payload = p.GetPayload().AsMap()
	}
	to.WebhookHeaders, to.DisableWebhook = p.GetWebhookHeaders(), p.GetDisableWebhook()
	to.Channel, to.Scope, to.FlowVersions = p.GetChannel(), p.GetParameterScope(), p.GetFlowVersions()
	if p.GetCurrentPlaybook() != "" {
		return status.Error(codes.Unimplemented, "sessions: playbooks need a model, which the emulator has not")
	}
	if resource := p.GetCurrentPage(); resource != "" {
		page, err := q.em.PageOf(q.name.Agent, resource)
		if err != nil {
			return statusOf(err)
		}
		to.CurrentPage = page
	}
	if zone := p.GetTimeZone(); zone != "" {
		location, err := time.LoadLocation(zone)
		if err != nil || zone == "Local" {
			return invalid("query_params.time_zone", "%q is no time zone of the database", zone)
		}
		to.Location = location
	}
	if p.GetSessionTtl() != nil {
		q.ttl = p.GetSessionTtl().AsDuration()
		if p.GetSessionTtl().CheckValid() != nil || q.ttl <= 0 || q.ttl > MaxTTL {
			return invalid("query_params.session_ttl", "a time to live of %v, need more than 0 and at most %v", q.ttl, MaxTTL)
		}
	}
	return nil
}

// noteUnused names what the emulator takes and does nothing with.
func (q *query) noteUnused(p *cxpb.QueryParameters) {
	for _, unused := range []struct {
		field string
		set   bool
	}{
		{"geo_location", p.GetGeoLocation() != nil},
		{"session_entity_types", len(p.GetSessionEntityTypes()) > 0},
		{"analyze_query_text_sentiment", p.GetAnalyzeQueryTextSentiment()},
		{"llm_model_settings", p.GetLlmModelSettings() != nil},
		{"end_user_metadata", p.GetEndUserMetadata() != nil},
		{"search_config", p.GetSearchConfig() != nil},
	} {
		if unused.set {
			q.notes = append(q.notes, "query_params."+unused.field+" is not emulated")
		}
	}
	if q.name.Environment != "" {
		q.notes = append(q.notes, fmt.Sprintf("environment %q is not emulated: an export holds one version", q.name.Environment))
	}
}

func (q *query) noteAudio(c *cxpb.OutputAudioConfig) {
	if c != nil {
		q.notes = append(q.notes, "output_audio_config is not emulated: there is no speech")
	}
}

// invalid is the status of a field that cannot be taken.
func invalid(field, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	st := status.New(codes.InvalidArgument, "sessions: "+field+": "+text)
	detailed, err := st.WithDetails(&errdetails.BadRequest{
		FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: field, Description: text}},
	})
	if err != nil {
		return st.Err()
	}
	return detailed.Err()
}
