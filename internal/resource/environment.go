// Package resource reads webhook resources the way Dialogflow does, for the
// side that calls and the side that verifies: what an environment overrides,
// and which of several configured credentials the Authorization header is made
// of.
package resource

import (
	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Overridden returns a copy of w with what the environment overrides; e may be
// nil.
func Overridden(w *cxpb.Webhook, e *cxpb.Environment) *cxpb.Webhook {
	w = proto.CloneOf(w)
	o := findOverride(w, e.GetWebhookConfig().GetWebhookOverrides())
	if o == nil {
		return w
	}
	if o.GetTimeout() != nil {
		w.Timeout = proto.CloneOf(o.GetTimeout())
	}
	switch kind := o.GetWebhook().(type) {
	case *cxpb.Webhook_GenericWebService_:
		override(genericService(w), kind.GenericWebService)
	case *cxpb.Webhook_ServiceDirectory:
		override(directoryOf(w), kind.ServiceDirectory)
	}
	return w
}

func findOverride(w *cxpb.Webhook, overrides []*cxpb.Webhook) *cxpb.Webhook {
	for _, o := range overrides {
		if o.GetName() != "" && o.GetName() == w.GetName() {
			return o
		}
	}
	for _, o := range overrides {
		if o.GetName() == "" && o.GetDisplayName() != "" && o.GetDisplayName() == w.GetDisplayName() {
			return o
		}
	}
	return nil
}

// genericService makes w a generic web service, keeping the settings that it
// had within a service directory.
func genericService(w *cxpb.Webhook) *cxpb.Webhook_GenericWebService {
	if s := w.GetGenericWebService(); s != nil {
		return s
	}
	s := w.GetServiceDirectory().GetGenericWebService()
	if s == nil {
		s = &cxpb.Webhook_GenericWebService{}
	}
	w.Webhook = &cxpb.Webhook_GenericWebService_{GenericWebService: s}
	return s
}

// directoryOf makes w a service of a directory, keeping its settings.
func directoryOf(w *cxpb.Webhook) *cxpb.Webhook_ServiceDirectoryConfig {
	if d := w.GetServiceDirectory(); d != nil {
		return d
	}
	d := &cxpb.Webhook_ServiceDirectoryConfig{GenericWebService: w.GetGenericWebService()}
	w.Webhook = &cxpb.Webhook_ServiceDirectory{ServiceDirectory: d}
	return d
}

// override replaces the fields of dst that src sets. Unlike proto.Merge it
// replaces lists and maps whole: an override of the trusted certificates must
// not keep the old ones. Nested messages are overridden field by field.
func override(dst, src proto.Message) {
	to := dst.ProtoReflect()
	src = proto.Clone(src)
	src.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		nested := f.Message() != nil && !f.IsList() && !f.IsMap()
		if nested && to.Has(f) {
			override(to.Get(f).Message().Interface(), v.Message().Interface())
		} else {
			to.Set(f, v)
		}
		return true
	})
}
