// gRPC's interop client in Go.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"

	"interop/testing"
)

var (
	host       = flag.String("server_host", "localhost", "where the server is")
	port       = flag.String("server_port", "", "its port")
	testCase   = flag.String("test_case", "", "which test to run")
	iterations = flag.Int("soak_iterations", 10, "calls of a soak test")
	latency    = flag.Int("soak_per_iteration_max_acceptable_latency_ms", 1000, "a slower call has failed")

	requests  = []int{27182, 8, 1828, 45904}
	responses = []int{31415, 9, 2653, 58979}
)

const (
	largeRequest  = 271828
	largeResponse = 314159
	whitespace    = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
	initialKey    = "x-grpc-test-echo-initial"
	initialValue  = "test_initial_metadata_value"
	trailingKey   = "x-grpc-test-echo-trailing-bin"
	trailingValue = "\xab\xab\xab"
)

func fail(format string, arguments ...interface{}) {
	fmt.Fprintf(os.Stderr, *testCase+": "+format+"\n", arguments...)
	os.Exit(1)
}

func must(err error) {
	if err != nil {
		fail("expected OK, got %v", err)
	}
}

func expectStatus(err error, code codes.Code, message string) {
	if status.Code(err) != code {
		fail("expected %v, got %v", code, err)
	}
	if message != "" && status.Convert(err).Message() != message {
		fail("expected message %q, got %q", message, status.Convert(err).Message())
	}
}

func expectPayload(payload *testing.Payload, size int) {
	if !bytes.Equal(payload.GetBody(), make([]byte, size)) {
		fail("expected %d zeros, got %d bytes", size, len(payload.GetBody()))
	}
}

func expectEnd(err error) {
	if err != io.EOF {
		fail("expected the end of the stream, got %v", err)
	}
}

func payload(size int) *testing.Payload { return &testing.Payload{Body: make([]byte, size)} }

func large() *testing.SimpleRequest {
	return &testing.SimpleRequest{ResponseSize: largeResponse, Payload: payload(largeRequest)}
}

func ping(request, response int) *testing.StreamingOutputCallRequest {
	return &testing.StreamingOutputCallRequest{
		ResponseParameters: []*testing.ResponseParameters{{Size: int32(response)}},
		Payload:            payload(request),
	}
}

// compressions tells whether each response was compressed: only the statistics do.
type compressions struct {
	lock sync.Mutex
	seen []bool
}

func (c *compressions) HandleRPC(_ context.Context, event stats.RPCStats) {
	if payload, ok := event.(*stats.InPayload); ok {
		c.lock.Lock()
		c.seen = append(c.seen, payload.WireLength < payload.Length)
		c.lock.Unlock()
	}
}
func (c *compressions) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (c *compressions) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (c *compressions) HandleConn(context.Context, stats.ConnStats)                       {}

func (c *compressions) expect(flags ...bool) {
	if fmt.Sprint(c.seen) != fmt.Sprint(flags) {
		fail("compressed flags: expected %v, got %v", flags, c.seen)
	}
	c.seen = nil
}

type client struct {
	testing.TestServiceClient
	connection   *grpc.ClientConn
	ctx          context.Context
	compressions *compressions
}

func connect() client {
	seen := &compressions{}
	connection, err := grpc.Dial(*host+":"+*port, grpc.WithInsecure(), grpc.WithStatsHandler(seen))
	must(err)
	ctx, _ := context.WithTimeout(context.Background(), time.Minute)
	return client{testing.NewTestServiceClient(connection), connection, ctx, seen}
}

func (c client) largeUnary(request *testing.SimpleRequest, options ...grpc.CallOption) {
	response, err := c.UnaryCall(c.ctx, request, options...)
	must(err)
	expectPayload(response.Payload, int(request.ResponseSize))
}

func main() {
	flag.Parse()
	run, known := cases[*testCase]
	if !known {
		fail("unknown test case")
	}
	run(connect())
}

var cases = map[string]func(client){
	"empty_unary": func(c client) {
		_, err := c.EmptyCall(c.ctx, &testing.Empty{})
		must(err)
	},
	"large_unary": func(c client) { c.largeUnary(large()) },
	"client_streaming": func(c client) {
		stream, err := c.StreamingInputCall(c.ctx)
		must(err)
		for _, size := range requests {
			must(stream.Send(&testing.StreamingInputCallRequest{Payload: payload(size)}))
		}
		response, err := stream.CloseAndRecv()
		must(err)
		if response.AggregatedPayloadSize != 74922 {
			fail("expected 74922, got %d", response.AggregatedPayloadSize)
		}
	},
	"server_streaming": func(c client) {
		request := &testing.StreamingOutputCallRequest{}
		for _, size := range responses {
			request.ResponseParameters = append(request.ResponseParameters, &testing.ResponseParameters{Size: int32(size)})
		}
		stream, err := c.StreamingOutputCall(c.ctx, request)
		must(err)
		for _, size := range responses {
			response, err := stream.Recv()
			must(err)
			expectPayload(response.Payload, size)
		}
		_, err = stream.Recv()
		expectEnd(err)
	},
	"ping_pong": func(c client) {
		stream, err := c.FullDuplexCall(c.ctx)
		must(err)
		for index, size := range requests {
			must(stream.Send(ping(size, responses[index])))
			response, err := stream.Recv()
			must(err)
			expectPayload(response.Payload, responses[index])
		}
		must(stream.CloseSend())
		_, err = stream.Recv()
		expectEnd(err)
	},
	"empty_stream": func(c client) {
		stream, err := c.FullDuplexCall(c.ctx)
		must(err)
		must(stream.CloseSend())
		_, err = stream.Recv()
		expectEnd(err)
	},
	"timeout_on_sleeping_server": func(c client) {
		ctx, cancel := context.WithTimeout(c.ctx, time.Millisecond)
		defer cancel()
		stream, err := c.FullDuplexCall(ctx)
		if err == nil {
			_ = stream.Send(&testing.StreamingOutputCallRequest{Payload: payload(requests[0])})
			_, err = stream.Recv()
		}
		expectStatus(err, codes.DeadlineExceeded, "")
	},
	"cancel_after_begin": func(c client) {
		ctx, cancel := context.WithCancel(c.ctx)
		stream, err := c.StreamingInputCall(ctx)
		must(err)
		cancel()
		_, err = stream.CloseAndRecv()
		expectStatus(err, codes.Canceled, "")
	},
	"cancel_after_first_response": func(c client) {
		ctx, cancel := context.WithCancel(c.ctx)
		stream, err := c.FullDuplexCall(ctx)
		must(err)
		must(stream.Send(ping(requests[0], responses[0])))
		_, err = stream.Recv()
		must(err)
		cancel()
		_, err = stream.Recv()
		expectStatus(err, codes.Canceled, "")
	},
	"custom_metadata": customMetadata,
	"status_code_and_message": func(c client) {
		wanted := &testing.EchoStatus{Code: 2, Message: "test status message"}
		_, err := c.UnaryCall(c.ctx, &testing.SimpleRequest{ResponseStatus: wanted})
		expectStatus(err, codes.Unknown, wanted.Message)
		stream, err := c.FullDuplexCall(c.ctx)
		must(err)
		must(stream.Send(&testing.StreamingOutputCallRequest{ResponseStatus: wanted}))
		must(stream.CloseSend())
		_, err = stream.Recv()
		expectStatus(err, codes.Unknown, wanted.Message)
	},
	"special_status_message": func(c client) {
		wanted := &testing.EchoStatus{Code: 2, Message: whitespace}
		_, err := c.UnaryCall(c.ctx, &testing.SimpleRequest{ResponseStatus: wanted})
		expectStatus(err, codes.Unknown, whitespace)
	},
	"unimplemented_method": func(c client) {
		_, err := c.UnimplementedCall(c.ctx, &testing.Empty{})
		expectStatus(err, codes.Unimplemented, "")
	},
	"unimplemented_service": func(c client) {
		_, err := testing.NewUnimplementedServiceClient(c.connection).UnimplementedCall(c.ctx, &testing.Empty{})
		expectStatus(err, codes.Unimplemented, "")
	},
	"client_compressed_unary": func(c client) {
		request := large()
		request.ExpectCompressed = &testing.BoolValue{Value: true}
		_, err := c.UnaryCall(c.ctx, request)
		expectStatus(err, codes.InvalidArgument, "")
		c.largeUnary(request, grpc.UseCompressor(gzip.Name))
		request.ExpectCompressed.Value = false
		c.largeUnary(request)
	},
	"server_compressed_unary": func(c client) {
		for _, compressed := range []bool{true, false} {
			request := large()
			request.ResponseCompressed = &testing.BoolValue{Value: compressed}
			c.largeUnary(request)
			c.compressions.expect(compressed)
		}
	},
	"server_compressed_streaming": func(c client) {
		stream, err := c.StreamingOutputCall(c.ctx, &testing.StreamingOutputCallRequest{
			ResponseParameters: []*testing.ResponseParameters{
				{Size: 31415, Compressed: &testing.BoolValue{Value: true}},
				{Size: 92653, Compressed: &testing.BoolValue{Value: false}},
			},
		})
		must(err)
		for _, size := range []int{31415, 92653} {
			response, err := stream.Recv()
			must(err)
			expectPayload(response.Payload, size)
		}
		_, err = stream.Recv()
		expectEnd(err)
		c.compressions.expect(true, false)
	},
	// These two are no cases of gRPC's: run-interop's stress asks for them.
	"thousand_calls": func(c client) {
		var waiting sync.WaitGroup
		for number := 0; number < 1000; number++ {
			waiting.Add(1)
			go func() {
				defer waiting.Done()
				c.largeUnary(&testing.SimpleRequest{ResponseSize: 1000, Payload: payload(1000)}, grpc.UseCompressor(gzip.Name))
			}()
		}
		waiting.Wait()
	},
	"large_streams": func(c client) {
		const count, size = 100, 1 << 20
		stream, err := c.FullDuplexCall(c.ctx)
		must(err)
		go func() {
			for number := 0; number < count; number++ {
				must(stream.Send(ping(size, size)))
			}
			must(stream.CloseSend())
		}()
		for number := 0; number < count; number++ {
			response, err := stream.Recv()
			must(err)
			expectPayload(response.Payload, size)
		}
		_, err = stream.Recv()
		expectEnd(err)
	},
	"rpc_soak": func(c client) { soak(func() client { return c }) },
	"channel_soak": func(c client) {
		soak(func() client {
			_ = c.connection.Close()
			c = connect()
			return c
		})
	},
}

func customMetadata(c client) {
	ctx := metadata.AppendToOutgoingContext(c.ctx, initialKey, initialValue, trailingKey, trailingValue)
	expect := func(received metadata.MD, key, value string) {
		if values := received.Get(key); len(values) != 1 || values[0] != value {
			fail("expected %s: %q, got %q", key, value, values)
		}
	}
	var initial, trailing metadata.MD
	response, err := c.UnaryCall(ctx, large(), grpc.Header(&initial), grpc.Trailer(&trailing))
	must(err)
	expectPayload(response.Payload, largeResponse)
	expect(initial, initialKey, initialValue)
	expect(trailing, trailingKey, trailingValue)

	stream, err := c.FullDuplexCall(ctx)
	must(err)
	must(stream.Send(ping(largeRequest, largeResponse)))
	must(stream.CloseSend())
	answer, err := stream.Recv()
	must(err)
	expectPayload(answer.Payload, largeResponse)
	_, err = stream.Recv()
	expectEnd(err)
	initial, err = stream.Header()
	must(err)
	expect(initial, initialKey, initialValue)
	expect(stream.Trailer(), trailingKey, trailingValue)
}

func soak(next func() client) {
	for iteration := 0; iteration < *iterations; iteration++ {
		start := time.Now()
		next().largeUnary(large())
		if elapsed := time.Since(start); elapsed > time.Duration(*latency)*time.Millisecond {
			fail("call %d took %v", iteration, elapsed)
		}
	}
}
