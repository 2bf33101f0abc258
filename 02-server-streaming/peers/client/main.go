// Lesson 02's client in Go.
package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"google.golang.org/grpc"

	"lessons/finder"
	"lessons/lesson"
)

const usage = `
usage: client [find] TEXT [PATH] [--limit N] [--delay D] [--times] [--target HOST:PORT] [--timeout D]
       client follow PATH [--limit N] [--delay D] [--times] [--target HOST:PORT] [--timeout D]

  TEXT                 the text to find, byte for byte
  PATH                 a folder or file below the server's root (all of it)
  --limit N            stop after N results, and with it the server's work
  --delay D            wait after each result: a slow reader (0s)
  --times              say in front of each result when it came
  --target HOST:PORT   the server (127.0.0.1:50051)
  --timeout D          the call's deadline (10m for find, none for follow)

example: client TODO src --limit 10
`

func main() {
	arguments := lesson.NewArguments(usage)
	options := lesson.ClientOptions(arguments, "")
	limit := arguments.Count("limit", "")
	delay := arguments.Duration("delay", "0s")
	times := arguments.Flag("times")
	arguments.Parse(os.Args[1:], 3)
	command, values := "find", arguments.Positional
	if len(values) > 1 && (values[0] == "find" || values[0] == "follow") {
		command, values = values[0], values[1:]
	}
	if len(values) == 0 || len(values) > 2 || (command == "follow" && len(values) > 1) {
		lesson.Usage("usage: client [find] TEXT [PATH], or client follow PATH (--help explains)")
	}
	if command == "find" {
		options.DefaultTimeout("10m")
	}

	started := time.Now()
	soFar := func() string {
		if !*times {
			return ""
		}
		return fmt.Sprintf("+%d ms  ", time.Since(started).Milliseconds())
	}
	connection, err := grpc.Dial(*options.Target, lesson.Plaintext())
	if err != nil {
		options.Exit(err)
	}
	defer connection.Close()
	stub := finder.NewFinderClient(connection)
	ctx, cancel := options.Context()
	defer cancel() // whoever stops early cancels the call

	// next is the next result as a line; io.EOF ends them.
	var next func() (string, error)
	if command == "find" {
		query := &finder.Query{Text: values[0]}
		if len(values) > 1 {
			query.Path = values[1]
		}
		stream, err := stub.Find(ctx, query)
		if err != nil {
			options.Exit(err)
		}
		next = func() (string, error) {
			match, err := stream.Recv()
			if err != nil {
				return "", err
			}
			if match.Binary {
				return match.File + ": binary file matches", nil
			}
			return fmt.Sprintf("%s:%d:%s", match.File, match.Line, match.Text), nil
		}
	} else {
		stream, err := stub.Follow(ctx, &finder.File{Path: values[0]})
		if err != nil {
			options.Exit(err)
		}
		next = func() (string, error) {
			line, err := stream.Recv()
			return line.GetText(), err
		}
	}
	for number := 1; ; number++ {
		line, err := next()
		if err == io.EOF {
			break
		}
		if err != nil {
			options.Exit(err)
		}
		fmt.Println(soFar() + line)
		if number == *limit {
			break
		}
		select {
		case <-time.After(*delay):
		case <-ctx.Done():
		}
	}
	if *times && command == "find" {
		lesson.Note("%sthe search is over", soFar())
	}
}
