// Lesson 01's server in Go.
package main

import (
	"context"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"lessons/greeter"
	"lessons/lesson"
)

const usage = `
usage: server [--host H] [--port P] [--delay D] [--grace D]

  --host H    the address to listen on (127.0.0.1)
  --port P    the port; 0 picks a free one (50051)
  --delay D   how long each reply waits, such as 100ms (0s)
  --grace D   how long calls may go on after Ctrl-C (5s)

example: server --port 0 --delay 100ms
`

type service struct {
	greeter.UnimplementedGreeterServer
	delay time.Duration
}

// SayHello runs in a goroutine of its own, one for each call.
func (s *service) SayHello(ctx context.Context, request *greeter.HelloRequest) (*greeter.HelloReply, error) {
	if request.Name == "" {
		return nil, status.Error(codes.InvalidArgument, "name is empty")
	}
	select {
	case <-time.After(s.delay):
	case <-ctx.Done():
		return nil, status.FromContextError(ctx.Err()).Err()
	}
	return &greeter.HelloReply{Message: "Hello, " + request.Name + "!"}, nil
}

func main() {
	arguments := lesson.NewArguments(usage)
	options := lesson.ServerOptions(arguments)
	delay := arguments.Duration("delay", "0s")
	arguments.Parse(os.Args[1:], 0)

	server := grpc.NewServer()
	greeter.RegisterGreeterServer(server, &service{delay: *delay})
	options.Serve(server, options.Listen())
}
