// gRPC's interop server in Go.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"

	"interop/testing"
)

const (
	initialKey  = "x-grpc-test-echo-initial"
	trailingKey = "x-grpc-test-echo-trailing-bin"
)

// compressions notes for each call whether its latest request was compressed: only
// the statistics tell, by a length on the wire that is not the message's.
type compressions struct{}

type latest struct{ compressed bool }

type latestKey struct{}

func (compressions) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context {
	return context.WithValue(ctx, latestKey{}, &latest{})
}

func (compressions) HandleRPC(ctx context.Context, event stats.RPCStats) {
	if payload, ok := event.(*stats.InPayload); ok {
		call := ctx.Value(latestKey{}).(*latest)
		call.compressed = payload.WireLength < payload.Length
	}
}

func (compressions) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (compressions) HandleConn(context.Context, stats.ConnStats)                       {}

func check(ctx context.Context, expected *testing.BoolValue) error {
	if expected == nil || expected.Value == ctx.Value(latestKey{}).(*latest).compressed {
		return nil
	}
	return status.Error(codes.InvalidArgument, "the request's compression is not as announced")
}

func echoStatus(wanted *testing.EchoStatus) error {
	if wanted == nil || wanted.Code == 0 {
		return nil
	}
	return status.Error(codes.Code(wanted.Code), wanted.Message)
}

func echoMetadata(ctx context.Context) (initial, trailing metadata.MD) {
	received, _ := metadata.FromIncomingContext(ctx)
	return metadata.MD{initialKey: received[initialKey]}, metadata.MD{trailingKey: received[trailingKey]}
}

func payload(size int32) *testing.Payload { return &testing.Payload{Body: make([]byte, size)} }

type service struct {
	testing.UnimplementedTestServiceServer
}

func (*service) EmptyCall(ctx context.Context, _ *testing.Empty) (*testing.Empty, error) {
	return &testing.Empty{}, nil
}

func (*service) UnaryCall(ctx context.Context, request *testing.SimpleRequest) (*testing.SimpleResponse, error) {
	if err := check(ctx, request.ExpectCompressed); err != nil {
		return nil, err
	}
	initial, trailing := echoMetadata(ctx)
	_ = grpc.SetHeader(ctx, initial)
	_ = grpc.SetTrailer(ctx, trailing)
	if err := echoStatus(request.ResponseStatus); err != nil {
		return nil, err
	}
	return &testing.SimpleResponse{Payload: payload(request.ResponseSize)}, nil
}

func (*service) StreamingOutputCall(request *testing.StreamingOutputCallRequest, stream testing.TestService_StreamingOutputCallServer) error {
	return answer(request, stream)
}

// sender is what both kinds of streams have.
type sender interface {
	Send(*testing.StreamingOutputCallResponse) error
}

func answer(request *testing.StreamingOutputCallRequest, stream sender) error {
	if err := echoStatus(request.ResponseStatus); err != nil {
		return err
	}
	for _, parameters := range request.ResponseParameters {
		time.Sleep(time.Duration(parameters.IntervalUs) * time.Microsecond)
		response := &testing.StreamingOutputCallResponse{Payload: payload(parameters.Size)}
		if err := stream.Send(response); err != nil {
			return err
		}
	}
	return nil
}

func (*service) StreamingInputCall(stream testing.TestService_StreamingInputCallServer) error {
	sum := 0
	for {
		request, err := stream.Recv()
		if err == io.EOF {
			return stream.SendAndClose(&testing.StreamingInputCallResponse{AggregatedPayloadSize: int32(sum)})
		}
		if err != nil {
			return err
		}
		if err := check(stream.Context(), request.ExpectCompressed); err != nil {
			return err
		}
		sum += len(request.GetPayload().GetBody())
	}
}

func (*service) FullDuplexCall(stream testing.TestService_FullDuplexCallServer) error {
	initial, trailing := echoMetadata(stream.Context())
	_ = stream.SetHeader(initial)
	stream.SetTrailer(trailing)
	for {
		request, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := answer(request, stream); err != nil {
			return err
		}
	}
}

func main() {
	port := flag.Int("port", 0, "the port; 0 picks a free one")
	flag.Parse()
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer(grpc.StatsHandler(compressions{}))
	testing.RegisterTestServiceServer(server, &service{})
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	go func() {
		<-signals
		server.Stop()
	}()
	fmt.Println("listening on", listener.Addr())
	if err := server.Serve(listener); err != nil {
		log.Fatal(err)
	}
}
