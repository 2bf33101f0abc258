// Lesson 04's server in Go.
package main

import (
	"io"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"lessons/chat"
	"lessons/lesson"
)

const usage = `
usage: server [--host H] [--port P] [--grace D]

  --host H    the address to listen on (127.0.0.1)
  --port P    the port; 0 picks a free one (50051)
  --grace D   how long calls may go on after Ctrl-C (5s)

example: server --port 0
`

type roomService struct {
	chat.UnimplementedRoomServer
	room chatRoom
}

// Join reads and writes in goroutines of their own, so that neither waits for the
// other; returning ends the call, and both.
func (s *roomService) Join(stream chat.Room_JoinServer) error {
	m := s.room.enter()
	defer func() { s.room.leave(m); m.end() }()
	refused, ended := make(chan error, 1), make(chan error, 1)
	go s.read(stream, m, refused)
	go func() { ended <- write(stream, m, refused) }()
	select {
	case err := <-ended:
		return err
	case <-m.tooSlow:
		return status.Errorf(codes.ResourceExhausted,
			"%s did not read: %d events were waiting", s.room.nameOf(m), mostWaiting)
	case <-stream.Context().Done():
		return status.FromContextError(stream.Context().Err()).Err()
	}
}

// read ends with the half-close, after which the member still listens.
func (s *roomService) read(stream chat.Room_JoinServer, m *member, refused chan<- error) {
	for {
		say, err := stream.Recv()
		if err == io.EOF {
			return
		}
		if err == nil {
			err = s.say(stream, m, say)
		}
		if err != nil {
			s.room.leave(m)
			refused <- err
			return
		}
	}
}

// say waits while too many acknowledgements of this member's lines have not been sent:
// who speaks faster than it reads waits here, and only it.
func (s *roomService) say(stream chat.Room_JoinServer, m *member, say *chat.Say) error {
	select {
	case m.unsent <- struct{}{}:
	case <-stream.Context().Done():
		return stream.Context().Err()
	}
	isLine, err := s.room.say(m, say)
	if !isLine {
		<-m.unsent
	}
	return err
}

// write sends what the member hears; a refusal comes after all that was heard before it.
func write(stream chat.Room_JoinServer, m *member, refused <-chan error) error {
	for {
		select {
		case event := <-m.waiting:
			if err := m.send(stream, event); err != nil {
				return err
			}
			if event.GetAcknowledged() > 0 {
				<-m.unsent
			}
		case err := <-refused:
			for len(m.waiting) > 0 {
				if err := m.send(stream, <-m.waiting); err != nil {
					return err
				}
			}
			return err
		case <-stream.Context().Done():
			return status.FromContextError(stream.Context().Err()).Err()
		}
	}
}

type echoService struct{ chat.UnimplementedEchoServer }

func (echoService) Repeat(stream chat.Echo_RepeatServer) error {
	for {
		say, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = stream.Send(say)
		}
		if err != nil {
			return err
		}
	}
}

func main() {
	arguments := lesson.NewArguments(usage)
	options := lesson.ServerOptions(arguments)
	arguments.Parse(os.Args[1:], 0)

	server := grpc.NewServer()
	chat.RegisterRoomServer(server, &roomService{room: chatRoom{members: map[*member]bool{}}})
	chat.RegisterEchoServer(server, echoService{})
	options.Serve(server, options.Listen())
}
