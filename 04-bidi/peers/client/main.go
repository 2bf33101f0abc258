// Lesson 04's client in Go.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"lessons/chat"
	"lessons/lesson"
)

const usage = `
usage: client --as NAME [--say TEXT]... [--stay D] [--target HOST:PORT] [--timeout D]
       client echo [--mode pingpong|pipelined|sendall] [--count N] [--target HOST:PORT] [--timeout D]

  --as NAME            the name under which to enter the room
  --say TEXT           a line to say; repeatable (the lines of standard input)
  --stay D             how long to listen after the last line (0s)
  --mode MODE          how to time the echo (all three)
  --count N            how many messages to send (1000)
  --target HOST:PORT   the server (127.0.0.1:50051)
  --timeout D          the call's deadline (none in the room, 1m for echo)

example: client --as ada --say "good morning" --stay 10s
`

func main() {
	arguments := lesson.NewArguments(usage)
	options := lesson.ClientOptions(arguments, "")
	name := arguments.Text("as", "")
	say := arguments.Texts("say")
	stay := arguments.Duration("stay", "0s")
	mode := arguments.Text("mode", "")
	count := arguments.Count("count", "1000")
	arguments.Parse(os.Args[1:], 1)
	echo := len(arguments.Positional) == 1
	switch {
	case echo && arguments.Positional[0] != "echo":
		lesson.Usage("unknown command %s (--help explains)", arguments.Positional[0])
	case !echo && !arguments.Given("as"):
		lesson.Usage("--as NAME is needed (--help explains)")
	case *mode != "" && exchanges[*mode] == nil:
		lesson.Usage("--mode needs pingpong, pipelined or sendall, not '%s'", *mode)
	}
	if echo {
		options.DefaultTimeout("1m")
	}
	connection, err := grpc.Dial(*options.Target, lesson.Plaintext())
	if err != nil {
		options.Exit(err)
	}
	defer connection.Close()
	if echo {
		runEcho(chat.NewEchoClient(connection), options, *mode, *count)
		return
	}
	c := &conversation{name: *name, welcomed: make(chan struct{}), entered: make(chan struct{}), acknowledged: make(chan struct{})}
	if err := c.hold(chat.NewRoomClient(connection), options, *say, *stay); err != nil {
		options.Exit(err)
	}
}

// conversation is one stay in the room.
type conversation struct {
	name string

	isWelcome    sync.Once
	hasEntered   sync.Once
	mutex        sync.Mutex
	said         []string // lines that the room has not acknowledged yet
	halfClosed   bool
	welcomed     chan struct{} // closed when the room has welcomed us
	entered      chan struct{} // closed when the room has told us that we joined
	acknowledged chan struct{} // closed when we have half-closed and said is empty
}

// hold speaks and listens in goroutines of their own, and leaves by cancelling the
// call: that is what its deferred cancel does.
func (c *conversation) hold(stub chat.RoomClient, options *lesson.Client, say []string, stay time.Duration) error {
	ctx, cancel := options.Context()
	defer cancel()
	stream, err := stub.Join(ctx)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.listen(stream) }()
	left := make(chan struct{})
	go func() {
		c.speak(stream, say)
		time.Sleep(stay)
		<-c.entered
		<-c.acknowledged
		close(left)
	}()
	select {
	case err := <-ended:
		return err
	case <-left:
		return nil
	}
}

// speak says the lines and half-closes. When the call has ended meanwhile, Send
// fails with io.EOF, and listen learns why.
func (c *conversation) speak(stream chat.Room_JoinClient, say []string) {
	<-c.welcomed // the server speaks first
	_ = stream.Send(&chat.Say{Name: c.name})
	one := func(text string) {
		c.mutex.Lock()
		c.said = append(c.said, text)
		c.mutex.Unlock()
		_ = stream.Send(&chat.Say{Text: text})
	}
	for _, text := range say {
		one(text)
	}
	if len(say) == 0 {
		input := bufio.NewReader(os.Stdin)
		for {
			line, err := input.ReadString('\n')
			if text := strings.ToValidUTF8(strings.TrimSuffix(line, "\n"), "\uFFFD"); text != "" {
				one(text)
			}
			if err != nil {
				break
			}
		}
	}
	_ = stream.CloseSend()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.halfClosed = true
	if len(c.said) == 0 {
		close(c.acknowledged)
	}
}

func (c *conversation) listen(stream chat.Room_JoinClient) error {
	for {
		event, err := stream.Recv()
		if err == io.EOF {
			return nil // the server has ended the call, and means no harm
		}
		if err != nil {
			return err
		}
		c.isWelcome.Do(func() { close(c.welcomed) })
		switch kind := event.Kind.(type) {
		case *chat.Event_Welcome:
			if members := strings.Join(kind.Welcome.Members, ", "); members != "" {
				say("* here: %s", members)
			} else {
				say("* nobody is here yet")
			}
			for _, line := range kind.Welcome.History {
				show(line)
			}
		case *chat.Event_Joined:
			say("* %s joined", kind.Joined)
			if kind.Joined == c.name {
				c.hasEntered.Do(func() { close(c.entered) })
			}
		case *chat.Event_Left:
			say("* %s left", kind.Left)
		case *chat.Event_Line:
			show(kind.Line)
		case *chat.Event_Acknowledged:
			c.takeAcknowledgement(kind.Acknowledged)
		}
	}
}

func show(line *chat.Line) { say("[%d] %s: %s", line.Number, line.Name, line.Text) }

// say prints a line; on a terminal, what others say may be shown, but may not steer it.
func say(format string, arguments ...any) {
	line := fmt.Sprintf(format, arguments...)
	if output, err := os.Stdout.Stat(); err == nil && output.Mode()&os.ModeCharDevice != 0 {
		line = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return unicode.ReplacementChar
			}
			return r
		}, line)
	}
	fmt.Println(line)
}

func (c *conversation) takeAcknowledgement(number uint64) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if len(c.said) == 0 {
		return // nothing of ours is missing: a server's mistake
	}
	say("[%d] you: %s", number, c.said[0])
	c.said = c.said[1:]
	if len(c.said) == 0 && c.halfClosed {
		close(c.acknowledged)
	}
}

// exchanges are the ways to use an echo.
var exchanges = map[string]func(chat.Echo_RepeatClient, int) error{
	"pingpong":  pingpong,
	"pipelined": pipelined,
	"sendall":   sendall,
}

func runEcho(stub chat.EchoClient, options *lesson.Client, mode string, count int) {
	modes := []string{"pingpong", "pipelined", "sendall"}
	if mode != "" {
		modes = []string{mode}
	}
	for _, mode := range modes {
		if err := timeEcho(stub, options, mode, count); err != nil {
			options.Exit(err)
		}
	}
}

func timeEcho(stub chat.EchoClient, options *lesson.Client, mode string, count int) error {
	ctx, cancel := options.Context()
	defer cancel()
	started := time.Now()
	stream, err := stub.Repeat(ctx)
	if err == nil {
		err = exchanges[mode](stream, count)
	}
	if err != nil {
		return err
	}
	fmt.Printf("%s %d messages %.1f ms\n", mode, count, time.Since(started).Seconds()*1000)
	return nil
}

// pingpong: each message waits for the echo of the one before.
func pingpong(stream chat.Echo_RepeatClient, count int) error {
	for number := 0; number < count; number++ {
		if err := stream.Send(message(number)); err != nil {
			return receive(stream, 1) // the reason why
		}
		if err := check(stream, number); err != nil {
			return err
		}
	}
	return stream.CloseSend()
}

// pipelined: sending and receiving go on at the same time.
func pipelined(stream chat.Echo_RepeatClient, count int) error {
	go send(stream, count)
	return receive(stream, count)
}

// sendall: everything is sent before the first echo is read.
func sendall(stream chat.Echo_RepeatClient, count int) error {
	send(stream, count)
	return receive(stream, count)
}

func send(stream chat.Echo_RepeatClient, count int) {
	for number := 0; number < count; number++ {
		if stream.Send(message(number)) != nil {
			return
		}
	}
	_ = stream.CloseSend()
}

func receive(stream chat.Echo_RepeatClient, count int) error {
	for number := 0; number < count; number++ {
		if err := check(stream, number); err != nil {
			return err
		}
	}
	return nil
}

func message(number int) *chat.Say { return &chat.Say{Text: fmt.Sprintf("message %d", number)} }

func check(stream chat.Echo_RepeatClient, number int) error {
	echo, err := stream.Recv()
	if err != nil {
		return err
	}
	if echo.Text != message(number).Text {
		return status.Errorf(codes.DataLoss, "message %d did not come back", number)
	}
	return nil
}
