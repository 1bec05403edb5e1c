package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/cxhook/cxhook/auth"
)

// The events of the chat platform.
const (
	ChatMessageIn          = "channel.message_in"
	ChatMessageOut         = "agent.message_out"
	ChatMessageGenerated   = "ai.message_generated"
	ChatDeviceConnected    = "device.connected"
	ChatDeviceDisconnected = "device.disconnected"
)

// ChatEvent is what the chat platform sends. Parts that an event does not have
// are nil.
type ChatEvent struct {
	Event             string       `json:"event"`
	Timestamp         ChatText     `json:"timestamp"`
	ConversationID    ChatText     `json:"conversation_id"`
	ConversationLabel ChatText     `json:"conversation_label"`
	NeedHuman         bool         `json:"need_human"`
	Message           *ChatMessage `json:"message"`
	Device            *ChatDevice  `json:"device"`
}

// ChatMessage is the message of an event.
type ChatMessage struct {
	ID         ChatText    `json:"id"`
	SenderName string      `json:"sender_name"`
	Channel    ChatChannel `json:"channel"`
	Bisnis     ChatParty   `json:"bisnis"`
	User       ChatParty   `json:"user"`
	Content    ChatContent `json:"content"`
	Agent      *ChatName   `json:"agent"`
	AI         *ChatName   `json:"ai"`
}

// ChatChannel is where a message comes from.
type ChatChannel struct {
	ID     ChatText `json:"id"`
	Name   string   `json:"name"`
	Engine string   `json:"engine"`
}

// ChatParty is a business or a user.
type ChatParty struct {
	ID   ChatText `json:"id"`
	Name string   `json:"name"`
}

// ChatContent is what a message says. Attachments are as they come.
type ChatContent struct {
	Type        string            `json:"type"`
	Text        string            `json:"text"`
	Attachments []json.RawMessage `json:"attachments"`
}

// ChatName is an agent or an AI.
type ChatName struct {
	Name string `json:"name"`
}

// ChatDevice is the device of a device event.
type ChatDevice struct {
	ID   ChatText `json:"id"`
	Name string   `json:"name"`
}

// ChatText is a text that may also come as a number, whose digits it keeps.
type ChatText string

// UnmarshalJSON reads a text, a number or null.
func (t *ChatText) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err == nil {
		*t = ChatText(text)
		return nil
	}
	var number json.Number
	if err := json.Unmarshal(data, &number); err != nil {
		return errors.New("events: neither a text nor a number")
	}
	*t = ChatText(number)
	return nil
}

// ChatHandlers has one handler for each event. Events whose handler is nil are
// logged and answered 200, as unknown ones are.
type ChatHandlers struct {
	MessageIn, MessageOut, MessageGenerated func(context.Context, ChatEvent) error
	DeviceConnected, DeviceDisconnected     func(context.Context, ChatEvent) error
}

// Handlers returns the handlers by the names of their events, as [Config] and
// [WorkConfig] take them. A payload that is no chat event is a permanent
// failure.
func (h ChatHandlers) Handlers() map[string]HandlerFunc {
	handlers := make(map[string]HandlerFunc)
	for name, f := range map[string]func(context.Context, ChatEvent) error{
		ChatMessageIn: h.MessageIn, ChatMessageOut: h.MessageOut, ChatMessageGenerated: h.MessageGenerated,
		ChatDeviceConnected: h.DeviceConnected, ChatDeviceDisconnected: h.DeviceDisconnected,
	} {
		if f == nil {
			continue
		}
		handlers[name] = func(ctx context.Context, d Delivery) error {
			var e ChatEvent
			if err := json.Unmarshal(d.Payload, &e); err != nil {
				return Permanent(fmt.Errorf("events: job is no chat event: %w", err))
			}
			return f(ctx, e)
		}
	}
	return handlers
}

// ChatConfig configures [ChatPlatform]. Secrets must be set.
type ChatConfig struct {
	// Name is the source's, "chat" by default; Path is "/webhook" by default.
	Name, Path string
	// Secrets are the whole values of the header Authorization.
	Secrets auth.SecretSource
	// AllowWeak accepts secrets of less than auth.MinSecretBytes.
	AllowWeak bool
}

// ChatPlatform is the source of the chat platform's events: POST to /webhook
// with the secret in Authorization, compared verbatim; answered 200 "OK" before
// the handler runs. An unknown event is logged and answered 200.
//
// A message event is identified by its name and its message. A device event has
// no message: it is identified by its device and its timestamp, and one without
// them is not checked for duplicates, since the next event of the device would
// look the same. Serve it with cx.WithHealthStatus("healthy") and
// cx.WithHealth("processed_events", figures.ProcessedEvents).
func ChatPlatform(cfg ChatConfig) (Source, error) {
	s := Source{
		Name: cfg.Name, Paths: []string{cfg.Path}, Type: "event.payload.event", IDFunc: chatID, AnyContentType: true,
		Unknown: UnknownIgnored, Reply: &Reply{Status: http.StatusOK, Body: "OK"},
	}
	if s.Name == "" {
		s.Name = "chat"
	}
	if cfg.Path == "" {
		s.Paths[0] = "/webhook"
	}
	var err error
	s.Verify, err = HeaderSecret(auth.HeaderConfig{Name: "Authorization", Secrets: cfg.Secrets, AllowWeak: cfg.AllowWeak})
	return s, err
}

func chatID(e *Event) string {
	name := e.Text("event")
	if message := e.Text("message.id"); message != "" {
		return name + "_" + message
	}
	device, at := e.Text("device.id"), e.Text("timestamp")
	if !strings.HasPrefix(name, "device.") || device == "" || at == "" {
		return ""
	}
	return name + "_" + device + "_" + at
}
