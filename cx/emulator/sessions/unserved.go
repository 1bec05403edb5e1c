package sessions

import (
	"context"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// ServerStreamingDetectIntent is not served.
func (s *Server) ServerStreamingDetectIntent(*cxpb.DetectIntentRequest, cxpb.Sessions_ServerStreamingDetectIntentServer) error {
	return status.Error(codes.Unimplemented, "sessions: the emulator does not stream partial responses; DetectIntent sends the same replies at once")
}

// StreamingDetectIntent is not served.
func (s *Server) StreamingDetectIntent(cxpb.Sessions_StreamingDetectIntentServer) error {
	return status.Error(codes.Unimplemented, "sessions: the emulator does not take streams of audio; DetectIntent takes text, events and key presses")
}

// SubmitAnswerFeedback is not served.
func (s *Server) SubmitAnswerFeedback(context.Context, *cxpb.SubmitAnswerFeedbackRequest) (*cxpb.AnswerFeedback, error) {
	return nil, status.Error(codes.Unimplemented, "sessions: the emulator keeps no feedback")
}
