package cx_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/cx"
	"google.golang.org/protobuf/encoding/protojson"
)

// show prints an answer as JSON.
func show(resp *cxpb.WebhookResponse, err error) {
	if err != nil {
		fmt.Println(err)
		return
	}
	raw, err := protojson.Marshal(resp)
	if err != nil {
		fmt.Println(err)
		return
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Fprintln(os.Stdout, out.String())
}

func ExampleRespond() {
	show(cx.Respond(
		cx.Textf("%d shirts in %s, on their way.", 3, "medium"),
		cx.SetParam("cancel-period", 2),
		cx.ClearParam("draft"),
	))
	// Output:
	// {
	//   "fulfillmentResponse": {
	//     "messages": [
	//       {
	//         "text": {
	//           "text": [
	//             "3 shirts in medium, on their way."
	//           ]
	//         }
	//       }
	//     ]
	//   },
	//   "sessionInfo": {
	//     "parameters": {
	//       "cancel-period": 2,
	//       "draft": null
	//     }
	//   }
	// }
}

// What spoils an answer is found before it is sent, and named.
func ExampleRespond_fault() {
	average := func(sum, n float64) float64 { return sum / n }
	_, err := cx.Respond(
		cx.Text("Here is your rating."),
		cx.SetParam("rating", average(0, 0)),
	)
	fmt.Println(err)

	part, ok := errors.AsType[*cx.PartError](err)
	fmt.Println(ok && part.Index == 1, errors.Is(err, cx.ErrNotFinite))
	// Output:
	// cx: part 1 (SetParam): sessionInfo.parameters["rating"]: number is not finite
	// true true
}

// Two texts in one message are wordings, of which one is sent; two messages are
// two bubbles.
func ExampleTextVariants() {
	show(cx.Respond(
		cx.TextVariants("Hi!", "Hello!"),
		cx.Text("What can I do for you?"),
	))
	// Output:
	// {
	//   "fulfillmentResponse": {
	//     "messages": [
	//       {
	//         "text": {
	//           "text": [
	//             "Hi!",
	//             "Hello!"
	//           ]
	//         }
	//       },
	//       {
	//         "text": {
	//           "text": [
	//             "What can I do for you?"
	//           ]
	//         }
	//       }
	//     ]
	//   }
	// }
}

func ExampleSetParams() {
	type order struct {
		Size  string  `cx:"size"`
		Count int     `cx:"count"`
		Note  string  `cx:"note" json:",omitempty"` // left alone if empty
		Draft *string `cx:"draft"`                  // removed if nil
	}
	show(cx.Respond(cx.SetParams(order{Size: "medium", Count: 3})))
	// Output:
	// {
	//   "sessionInfo": {
	//     "parameters": {
	//       "count": 3,
	//       "draft": null,
	//       "size": "medium"
	//     }
	//   }
	// }
}

func ExampleCustomPayload() {
	type chip struct {
		Text string `json:"text"`
	}
	type chips struct {
		Type    string `json:"type"`
		Options []chip `json:"options"`
	}
	show(cx.Respond(cx.CustomPayload(map[string]any{
		"richContent": [][]chips{{{Type: "chips", Options: []chip{{"Small"}, {"Large"}}}}},
	})))
	// Output:
	// {
	//   "fulfillmentResponse": {
	//     "messages": [
	//       {
	//         "payload": {
	//           "richContent": [
	//             [
	//               {
	//                 "options": [
	//                   {
	//                     "text": "Small"
	//                   },
	//                   {
	//                     "text": "Large"
	//                   }
	//                 ],
	//                 "type": "chips"
	//               }
	//             ]
	//           ]
	//         }
	//       }
	//     ]
	//   }
	// }
}

// A caller hears the voice channel, a chat window shows the default one.
func ExampleChannel() {
	show(cx.Respond(
		cx.Text("Our number is 555-0123."),
		cx.Channel("VOICE", cx.TelephonyTransferCall("+14155550123")),
	))
	// Output:
	// {
	//   "fulfillmentResponse": {
	//     "messages": [
	//       {
	//         "text": {
	//           "text": [
	//             "Our number is 555-0123."
	//           ]
	//         }
	//       },
	//       {
	//         "telephonyTransferCall": {
	//           "phoneNumber": "+14155550123"
	//         },
	//         "channel": "VOICE"
	//       }
	//     ]
	//   }
	// }
}

// The agent asks for the date again.
func ExampleInvalidateFormParam() {
	show(cx.Respond(
		cx.Text("We are closed on that day."),
		cx.InvalidateFormParam("delivery-date"),
	))
	// Output:
	// {
	//   "fulfillmentResponse": {
	//     "messages": [
	//       {
	//         "text": {
	//           "text": [
	//             "We are closed on that day."
	//           ]
	//         }
	//       }
	//     ]
	//   },
	//   "pageInfo": {
	//     "formInfo": {
	//       "parameterInfo": [
	//         {
	//           "displayName": "delivery-date",
	//           "state": "INVALID"
	//         }
	//       ]
	//     }
	//   }
	// }
}

func ExampleGoToPage() {
	req := &cxpb.WebhookRequest{PageInfo: &cxpb.PageInfo{
		CurrentPage: "projects/p/locations/global/agents/a/flows/f/pages/START_PAGE",
	}}
	show(cx.Respond(cx.GoToPage(req, cx.EndSession)))
	// Output:
	// {
	//   "targetPage": "projects/p/locations/global/agents/a/flows/f/pages/END_SESSION"
	// }
}

func ExampleLiveAgentHandoff() {
	show(cx.Respond(
		cx.LiveAgentHandoff(map[string]any{"queue": "refunds", "order": 4711}),
		cx.Replace(),
	))
	// Output:
	// {
	//   "fulfillmentResponse": {
	//     "messages": [
	//       {
	//         "liveAgentHandoff": {
	//           "metadata": {
	//             "order": 4711,
	//             "queue": "refunds"
	//           }
	//         }
	//       }
	//     ],
	//     "mergeBehavior": "REPLACE"
	//   }
	// }
}

// A part of one's own is a function.
func ExamplePart() {
	apology := func(name string) cx.Part {
		return cx.Parts(cx.Textf("Sorry, %s.", name), cx.SetParam("apologised", true))
	}
	show(cx.Respond(apology("Ada")))
	// Output:
	// {
	//   "fulfillmentResponse": {
	//     "messages": [
	//       {
	//         "text": {
	//           "text": [
	//             "Sorry, Ada."
	//           ]
	//         }
	//       }
	//     ]
	//   },
	//   "sessionInfo": {
	//     "parameters": {
	//       "apologised": true
	//     }
	//   }
	// }
}
