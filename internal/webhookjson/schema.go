package webhookjson

import (
	"sync"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/types/known/structpb"
)

// schema is the code for the two messages and all that they can hold.
type schema struct {
	request  *table
	response *table
}

var theSchema = sync.OnceValue(newSchema)

func newSchema() *schema {
	messagesTable := responseMessageTable()
	pageInfo := pageInfoTable()
	sessionInfo := newTable(&cxpb.SessionInfo{},
		known{"session", &text[cxpb.SessionInfo]{func(m *cxpb.SessionInfo) *string { return &m.Session }}, slotSession},
		known{"parameters", &valueMap[cxpb.SessionInfo]{func(m *cxpb.SessionInfo) *map[string]*structpb.Value { return &m.Parameters }, listSession}, 0},
	)
	return &schema{
		request:  requestTable(messagesTable, pageInfo, sessionInfo),
		response: responseTable(messagesTable, pageInfo, sessionInfo),
	}
}

func requestTable(messagesTable, pageInfo, sessionInfo *table) *table {
	type req = cxpb.WebhookRequest
	query := oneof[req]{func(m *req) any { return m.Query }, func(m *req, w any) { setOneof(&m.Query, w) }}
	return newTable(&req{},
		known{"detect_intent_response_id", &text[req]{func(m *req) *string { return &m.DetectIntentResponseId }}, slotResponseID},
		known{"text", oneText(query, func(w *cxpb.WebhookRequest_Text) *string { return &w.Text }), 0},
		known{"trigger_intent", oneText(query, func(w *cxpb.WebhookRequest_TriggerIntent) *string { return &w.TriggerIntent }), 0},
		known{"transcript", oneText(query, func(w *cxpb.WebhookRequest_Transcript) *string { return &w.Transcript }), 0},
		known{"trigger_event", oneText(query, func(w *cxpb.WebhookRequest_TriggerEvent) *string { return &w.TriggerEvent }), 0},
		known{"dtmf_digits", oneText(query, func(w *cxpb.WebhookRequest_DtmfDigits) *string { return &w.DtmfDigits }), 0},
		known{"language_code", &text[req]{func(m *req) *string { return &m.LanguageCode }}, slotLanguage},
		known{"fulfillment_info", &message[req, cxpb.WebhookRequest_FulfillmentInfo]{
			func(m *req) **cxpb.WebhookRequest_FulfillmentInfo { return &m.FulfillmentInfo }, fulfillmentInfoTable(),
			func(f *frame) *cxpb.WebhookRequest_FulfillmentInfo { return &f.fulfillment }}, 0},
		known{"intent_info", &message[req, cxpb.WebhookRequest_IntentInfo]{
			func(m *req) **cxpb.WebhookRequest_IntentInfo { return &m.IntentInfo }, intentInfoTable(),
			func(f *frame) *cxpb.WebhookRequest_IntentInfo { return &f.intent }}, 0},
		known{"page_info", &message[req, cxpb.PageInfo]{func(m *req) **cxpb.PageInfo { return &m.PageInfo }, pageInfo,
			func(f *frame) *cxpb.PageInfo { return &f.page }}, 0},
		known{"session_info", &message[req, cxpb.SessionInfo]{func(m *req) **cxpb.SessionInfo { return &m.SessionInfo }, sessionInfo,
			func(f *frame) *cxpb.SessionInfo { return &f.session }}, 0},
		known{"messages", &messages[req, cxpb.ResponseMessage]{func(m *req) *[]*cxpb.ResponseMessage { return &m.Messages }, messagesTable, 0}, 0},
		known{"payload", &structure[req]{func(m *req) **structpb.Struct { return &m.Payload }}, slotPayload},
		known{"sentiment_analysis_result", &message[req, cxpb.WebhookRequest_SentimentAnalysisResult]{
			func(m *req) **cxpb.WebhookRequest_SentimentAnalysisResult { return &m.SentimentAnalysisResult }, sentimentTable(), nil}, 0},
		known{"language_info", &message[req, cxpb.LanguageInfo]{func(m *req) **cxpb.LanguageInfo { return &m.LanguageInfo }, languageInfoTable(),
			func(f *frame) *cxpb.LanguageInfo { return &f.language }}, 0},
	)
}

func fulfillmentInfoTable() *table {
	type info = cxpb.WebhookRequest_FulfillmentInfo
	return newTable(&info{},
		known{"tag", &text[info]{func(m *info) *string { return &m.Tag }}, slotTag},
	)
}

func intentInfoTable() *table {
	type info = cxpb.WebhookRequest_IntentInfo
	type param = cxpb.WebhookRequest_IntentInfo_IntentParameterValue
	params := newTable(&param{},
		known{"original_value", &text[param]{func(m *param) *string { return &m.OriginalValue }}, slotItemOriginal},
		known{"resolved_value", &value[param]{func(m *param) **structpb.Value { return &m.ResolvedValue }}, slotItemValue},
	)
	return newTable(&info{},
		known{"last_matched_intent", &text[info]{func(m *info) *string { return &m.LastMatchedIntent }}, 0},
		known{"display_name", &text[info]{func(m *info) *string { return &m.DisplayName }}, 0},
		known{"parameters", &messageMap[info, param]{func(m *info) *map[string]*param { return &m.Parameters }, params, listIntent}, 0},
		known{"confidence", &float[info]{func(m *info) *float32 { return &m.Confidence }}, 0},
	)
}

func sentimentTable() *table {
	type result = cxpb.WebhookRequest_SentimentAnalysisResult
	return newTable(&result{},
		known{"score", &float[result]{func(m *result) *float32 { return &m.Score }}, 0},
		known{"magnitude", &float[result]{func(m *result) *float32 { return &m.Magnitude }}, 0},
	)
}

func languageInfoTable() *table {
	type info = cxpb.LanguageInfo
	return newTable(&info{},
		known{"input_language_code", &text[info]{func(m *info) *string { return &m.InputLanguageCode }}, 0},
		known{"resolved_language_code", &text[info]{func(m *info) *string { return &m.ResolvedLanguageCode }}, 0},
		known{"confidence_score", &float[info]{func(m *info) *float32 { return &m.ConfidenceScore }}, 0},
	)
}

func pageInfoTable() *table {
	type page = cxpb.PageInfo
	type form = cxpb.PageInfo_FormInfo
	type param = cxpb.PageInfo_FormInfo_ParameterInfo
	params := newTable(&param{},
		known{"display_name", &text[param]{func(m *param) *string { return &m.DisplayName }}, slotItemName},
		known{"required", &flag[param]{func(m *param) *bool { return &m.Required }}, 0},
		known{"state", enumField(func(m *param) *cxpb.PageInfo_FormInfo_ParameterInfo_ParameterState { return &m.State }), 0},
		known{"value", &value[param]{func(m *param) **structpb.Value { return &m.Value }}, slotItemValue},
		known{"just_collected", &flag[param]{func(m *param) *bool { return &m.JustCollected }}, 0},
	)
	forms := newTable(&form{},
		known{"parameter_info", &messages[form, param]{func(m *form) *[]*param { return &m.ParameterInfo }, params, listForm}, 0},
	)
	return newTable(&page{},
		known{"current_page", &text[page]{func(m *page) *string { return &m.CurrentPage }}, slotPage},
		known{"display_name", &text[page]{func(m *page) *string { return &m.DisplayName }}, slotPageName},
		known{"form_info", &message[page, form]{func(m *page) **form { return &m.FormInfo }, forms,
			func(f *frame) *form { return &f.form }}, 0},
	)
}

func responseTable(messagesTable, pageInfo, sessionInfo *table) *table {
	type resp = cxpb.WebhookResponse
	transition := oneof[resp]{func(m *resp) any { return m.Transition }, func(m *resp, w any) { setOneof(&m.Transition, w) }}
	type fulfillment = cxpb.WebhookResponse_FulfillmentResponse
	fulfillments := newTable(&fulfillment{},
		known{"messages", &messages[fulfillment, cxpb.ResponseMessage]{func(m *fulfillment) *[]*cxpb.ResponseMessage { return &m.Messages }, messagesTable, 0}, 0},
		known{"merge_behavior", enumField(func(m *fulfillment) *cxpb.WebhookResponse_FulfillmentResponse_MergeBehavior { return &m.MergeBehavior }), 0},
	)
	return newTable(&resp{},
		known{"fulfillment_response", &message[resp, fulfillment]{func(m *resp) **fulfillment { return &m.FulfillmentResponse }, fulfillments, nil}, 0},
		known{"page_info", &message[resp, cxpb.PageInfo]{func(m *resp) **cxpb.PageInfo { return &m.PageInfo }, pageInfo, nil}, 0},
		known{"session_info", &message[resp, cxpb.SessionInfo]{func(m *resp) **cxpb.SessionInfo { return &m.SessionInfo }, sessionInfo, nil}, 0},
		known{"payload", &structure[resp]{func(m *resp) **structpb.Struct { return &m.Payload }}, 0},
		known{"target_page", oneText(transition, func(w *cxpb.WebhookResponse_TargetPage) *string { return &w.TargetPage }), 0},
		known{"target_flow", oneText(transition, func(w *cxpb.WebhookResponse_TargetFlow) *string { return &w.TargetFlow }), 0},
	)
}
