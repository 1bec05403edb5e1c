package main

import (
	"context"
	"hash/crc32"
	"net"
	"strings"
	"testing"

	smpb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
)

// vault is a Secret Manager with one version of each secret.
type vault struct {
	smpb.UnimplementedSecretManagerServiceServer
	secrets map[string]string
}

func (v vault) AccessSecretVersion(_ context.Context, r *smpb.AccessSecretVersionRequest) (*smpb.AccessSecretVersionResponse, error) {
	parts := strings.Split(r.GetName(), "/")
	value, ok := v.secrets[parts[3]]
	if !ok {
		return nil, status.Error(codes.NotFound, "no such secret")
	}
	sum := int64(crc32.Checksum([]byte(value), crc32.MakeTable(crc32.Castagnoli)))
	parts[5] = "1"
	return &smpb.AccessSecretVersionResponse{
		Name: strings.Join(parts, "/"), Payload: &smpb.SecretPayload{Data: []byte(value), DataCrc32C: &sum},
	}, nil
}

// secretManager serves the secrets and returns what leads a client there.
func secretManager(t *testing.T, secrets map[string]string) []option.ClientOption {
	t.Helper()
	listener := bufconn.Listen(64 << 10)
	srv := grpc.NewServer()
	smpb.RegisterSecretManagerServiceServer(srv, vault{secrets: secrets})
	done := make(chan error, 1)
	go func() { done <- srv.Serve(listener) }()
	t.Cleanup(func() {
		srv.Stop()
		<-done
	})
	return []option.ClientOption{
		option.WithEndpoint("passthrough:///memory"), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
		option.WithGRPCDialOption(grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return listener.DialContext(ctx)
		})),
	}
}
