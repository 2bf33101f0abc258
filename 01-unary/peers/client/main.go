// Lesson 01's client in Go. Every call of grpc-go blocks its goroutine; calls are
// made at the same time by starting more goroutines.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"google.golang.org/grpc"

	"lessons/greeter"
	"lessons/lesson"
)

const usage = `
usage: client [--target HOST:PORT] [--name TEXT]... [--repeat N] [--blocking] [--timeout D]

  --target HOST:PORT   the server (127.0.0.1:50051)
  --name TEXT          whom to greet; repeatable; - reads names from standard input, one a line (world)
  --repeat N           how often each name is greeted (1)
  --blocking           one call after the other, not all at once
  --timeout D          the deadline of each call (10s)

example: client --name Ada --name Grace
`

func main() {
	arguments := lesson.NewArguments(usage)
	options := lesson.ClientOptions(arguments, "10s")
	given := arguments.Texts("name")
	repeat := arguments.Count("repeat", "1")
	blocking := arguments.Flag("blocking")
	arguments.Parse(os.Args[1:], 0)
	names := names(*given, *repeat)

	connection, err := grpc.Dial(*options.Target, lesson.Plaintext())
	if err != nil {
		options.Exit(err)
	}
	defer connection.Close()
	stub := greeter.NewGreeterClient(connection)

	replies := make([]*greeter.HelloReply, len(names))
	errors := make([]error, len(names))
	greet := func(i int) {
		ctx, cancel := options.Context()
		defer cancel()
		replies[i], errors[i] = stub.SayHello(ctx, &greeter.HelloRequest{Name: names[i]})
	}
	var calls sync.WaitGroup
	for i := range names {
		if *blocking {
			greet(i)
			show(options, replies[i], errors[i])
			continue
		}
		calls.Add(1)
		go func(i int) {
			defer calls.Done()
			greet(i)
		}(i)
	}
	if !*blocking {
		calls.Wait()
		for i := range names {
			show(options, replies[i], errors[i])
		}
	}
}

func show(options *lesson.Client, reply *greeter.HelloReply, err error) {
	if err != nil {
		options.Exit(err)
	}
	fmt.Println(reply.Message)
}

// names are the names to greet, in order.
func names(given []string, repeat int) (all []string) {
	if len(given) == 0 {
		given = []string{"world"}
	}
	for _, name := range given {
		lines := []string{name}
		if name == "-" {
			text, err := io.ReadAll(os.Stdin)
			if err != nil || !utf8.Valid(text) {
				lesson.Usage("standard input is not UTF-8")
			}
			lines = strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		}
		for _, line := range lines {
			for i := 0; i < repeat; i++ {
				all = append(all, line)
			}
		}
	}
	return all
}
