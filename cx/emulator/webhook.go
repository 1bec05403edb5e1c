package emulator

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/genproto/googleapis/rpc/code"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/emulator/agent"
	"github.com/cxhook/cxhook/internal/expr"
)

// Webhooks calls the webhooks of an agent. It must be safe for concurrent use.
type Webhooks interface {
	// Call calls the webhook of this display name. An error stands for a
	// webhook that cannot be called at all and raises
	// webhook.error.not-found; the failure of a call is in the result. An error of
	// the context ends the turn.
	Call(ctx context.Context, webhook string, turn *caller.Turn) (*caller.Result, error)
}

// Callers calls webhooks by display name; one that it does not have is
// unreachable.
type Callers map[string]*caller.Caller

// ErrNoWebhook reports a webhook that nothing was given for.
var ErrNoWebhook = errors.New("emulator: the webhook is not mapped to anything")

// Call implements Webhooks.
func (c Callers) Call(ctx context.Context, webhook string, turn *caller.Turn) (*caller.Result, error) {
	if c[webhook] == nil {
		return nil, ErrNoWebhook
	}
	return c[webhook].Call(ctx, turn)
}

// callWebhook calls a webhook and brings what it answers into the turn.
func (t *turn) callWebhook(name, tag string) (outcome, error) {
	if t.in.Query.DisableWebhook {
		return outcome{}, nil
	}
	if w := t.em().prog.agent.Webhooks[name]; w.GetDisabled() {
		return outcome{}, nil
	}
	t.step("webhook", name)
	var res *caller.Result
	err := ErrNoWebhook
	if t.em().opts.webhooks != nil {
		res, err = t.em().opts.webhooks.Call(t.ctx, name, t.webhookTurn(tag))
	}
	if t.ctx.Err() != nil {
		return outcome{}, t.ctx.Err()
	}
	run := WebhookRun{Name: name, Tag: tag, Payload: &structpb.Struct{}}
	if err != nil {
		run.Event = caller.EventNotFound
		run.Status = &spb.Status{Code: int32(code.Code_UNAVAILABLE), Message: err.Error()}
		t.res.Webhooks = append(t.res.Webhooks, run)
		return outcome{event: run.Event}, nil
	}
	run.Event, run.Status, run.Latency, run.Diagnostic = res.Event(), res.Status(), res.Latency, res.Diagnostic()
	if res.Payload != nil {
		run.Payload = res.Payload
	}
	t.res.Webhooks = append(t.res.Webhooks, run)
	if res.StatusCode != 0 {
		t.request["webhook_status_code"] = float64(res.StatusCode)
	}
	for _, w := range res.Warnings {
		t.res.Notes = append(t.res.Notes, "webhook "+name+": "+w)
	}
	if res.Failure != nil {
		return outcome{event: run.Event}, nil
	}
	t.merge(res)
	return outcome{target: t.webhookTarget(res)}, nil
}

// merge takes over what a webhook answered.
func (t *turn) merge(res *caller.Result) {
	if res.Session != nil {
		t.s.params = maps.Clone(res.Session)
		maps.DeleteFunc(t.s.params, func(_ string, v any) bool { return v == nil })
	}
	if res.Flow != nil {
		t.s.at.vars = maps.Clone(res.Flow)
	}
	t.mergeForm(res)
	answer := res.Response.GetFulfillmentResponse()
	if answer.GetMergeBehavior() == cxpb.WebhookResponse_FulfillmentResponse_REPLACE {
		t.queue = t.queue[:t.flushed:t.flushed]
	}
	for _, m := range answer.GetMessages() {
		t.queue = append(t.queue, queued{reply: t.webhookReply(m)})
	}
}

// webhookReply is a webhook's message as it is sent: one of its variants.
func (t *turn) webhookReply(m *cxpb.ResponseMessage) Reply {
	texts := m.GetText().GetText()
	r := Reply{Message: proto.Clone(m).(*cxpb.ResponseMessage), Variants: texts}
	if len(texts) > 1 {
		r.Message.GetText().Text = []string{texts[t.em().opts.pick(len(texts))]}
	}
	r.Message.ResponseType = cxpb.ResponseMessage_HANDLER_PROMPT
	return r
}

// mergeForm takes over changed and refused values of the form.
func (t *turn) mergeForm(res *caller.Result) {
	at := &t.s.at
	byName := make(map[string]*cxpb.PageInfo_FormInfo_ParameterInfo)
	for _, info := range res.Page.GetFormInfo().GetParameterInfo() {
		byName[strings.ToLower(info.GetDisplayName())] = info
	}
	for _, fp := range at.page.form {
		name := fp.src.DisplayName
		refused := slices.ContainsFunc(res.Invalidated, func(s string) bool { return strings.EqualFold(s, name) })
		info := byName[strings.ToLower(name)]
		switch {
		case refused:
			if at.form.invalid == nil {
				at.form.invalid = make(map[*formParameter]bool)
			}
			at.form.invalid[fp] = true
			t.s.set(name, nil)
			at.form.prompted = fp
			t.event = eventInvalid
		case info.GetValue() != nil:
			v := info.GetValue().AsInterface()
			if old, _ := at.value(name, t.s.params); v != nil && !equalJSON(old, v) && !t.changedBy(res, name) {
				t.s.set(name, v)
			}
		}
	}
}

// changedBy reports whether the answer set the session parameter itself.
func (t *turn) changedBy(res *caller.Result, name string) bool {
	_, ok := lookupProto(res.Response.GetSessionInfo().GetParameters(), name)
	return ok
}

func lookupProto(params map[string]*structpb.Value, name string) (*structpb.Value, bool) {
	for k, v := range params {
		if strings.EqualFold(k, name) {
			return v, true
		}
	}
	return nil, false
}

// webhookTarget resolves where an answer leads.
func (t *turn) webhookTarget(res *caller.Result) target {
	here := t.s.at.page.flow
	switch {
	case res.TargetFlow != "":
		if pg := t.em().pageOfResource(res.TargetFlow, nil); pg != nil {
			return target{flow: pg.flow}
		}
	case res.TargetPage != "":
		if s, ok := agent.ParseSpecial(res.TargetPage); ok {
			return target{special: s}
		}
		if pg := t.em().pageOfResource(res.TargetPage, here); pg != nil {
			return target{page: pg}
		}
	default:
		return target{}
	}
	t.res.Notes = append(t.res.Notes, "the webhook names a page or flow that the agent does not have: "+res.TargetFlow+res.TargetPage)
	return target{}
}

// webhookTurn is what the turn is at a webhook call.
func (t *turn) webhookTurn(tag string) *caller.Turn {
	intent := make(map[string]any, len(t.slots))
	if t.intent != "" {
		for name, slot := range t.slots {
			intent[name] = map[string]any{"original": slot.Original, "resolved": slot.Value}
		}
	}
	turn := &caller.Turn{
		Request: t.webhookRequest(tag), Headers: t.in.Query.WebhookHeaders,
		Scopes: caller.Scopes{
			Session: maps.Clone(t.s.params), Flow: maps.Clone(t.s.at.vars), Request: maps.Clone(t.request),
			Intent: intent, Page: t.pageScope(),
		},
	}
	if t.in.Query.Scope != "" {
		turn.Scopes.Custom = map[string]map[string]any{t.in.Query.Scope: t.custom}
	}
	return turn
}

func (t *turn) pageScope() map[string]any {
	scope := map[string]any{"status": t.formStatus()}
	for _, fp := range t.s.at.page.form {
		name := fp.src.DisplayName
		if status, ok := t.Value(expr.Page, name+".status"); ok {
			scope[name] = map[string]any{"status": status}
		}
	}
	return scope
}
