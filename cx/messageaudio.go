package cx

import "cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

// OutputAudioText adds plain text that is spoken. As soon as a turn holds
// audio texts, speech is made of them alone, and the texts of [Text] are only
// shown.
func OutputAudioText(text string) Part {
	return messagePart("OutputAudioText", func() (*cxpb.ResponseMessage, error) {
		return outputAudio(&cxpb.ResponseMessage_OutputAudioText{
			Source: &cxpb.ResponseMessage_OutputAudioText_Text{Text: text},
		}), nil
	})
}

// OutputAudioSSML adds speech written in SSML, with the precedence of
// [OutputAudioText]; where both occur, Dialogflow joins them and takes the
// whole for SSML. The text is sent as it is: values belong into it through
// xml.EscapeText, or they can end the elements around them.
func OutputAudioSSML(ssml string) Part {
	return messagePart("OutputAudioSSML", func() (*cxpb.ResponseMessage, error) {
		return outputAudio(&cxpb.ResponseMessage_OutputAudioText{
			Source: &cxpb.ResponseMessage_OutputAudioText_Ssml{Ssml: ssml},
		}), nil
	})
}

func outputAudio(t *cxpb.ResponseMessage_OutputAudioText) *cxpb.ResponseMessage {
	return &cxpb.ResponseMessage{Message: &cxpb.ResponseMessage_OutputAudioText_{OutputAudioText: t}}
}

// PlayAudio adds an audio clip that the client plays. Dialogflow does not read
// the URI; it is between the service and its client.
func PlayAudio(uri string) Part {
	return messagePart("PlayAudio", func() (*cxpb.ResponseMessage, error) {
		return &cxpb.ResponseMessage{Message: &cxpb.ResponseMessage_PlayAudio_{
			PlayAudio: &cxpb.ResponseMessage_PlayAudio{AudioUri: uri},
		}}, nil
	})
}
