// Lesson 02's server in Go.
package main

import (
	"bufio"
	"errors"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"lessons/finder"
	"lessons/lesson"
)

const usage = `
usage: server [--root DIR] [--host H] [--port P] [--grace D]

  --root DIR   the folder that may be searched (.)
  --host H     the address to listen on (127.0.0.1)
  --port P     the port; 0 picks a free one (50051)
  --grace D    how long calls may go on after Ctrl-C (5s)

example: server --root ~/notes --port 0
`

type service struct {
	finder.UnimplementedFinderServer
	root lesson.Root
}

// Find runs in a goroutine of its own. Send returns when the transport has taken
// the message, so a slow reader holds the search still.
func (s *service) Find(query *finder.Query, stream finder.Finder_FindServer) error {
	if query.Text == "" {
		return status.Error(codes.InvalidArgument, "text is empty")
	}
	if strings.Contains(query.Text, "\n") {
		return status.Error(codes.InvalidArgument, "text holds a line break")
	}
	path, information, err := s.root.Resolve(query.Path)
	if err != nil {
		return err
	}
	if !information.Mode().IsRegular() && !information.IsDir() {
		return status.Errorf(codes.InvalidArgument, "%s is not a regular file or a folder", query.Path)
	}
	if file, err := os.Open(path); err != nil {
		return lesson.Unreadable(query.Path)
	} else {
		file.Close()
	}

	read, matches := 0, 0
	search := &searcher{text: []byte(query.Text), reader: bufio.NewReaderSize(nil, longestLine+1)}
	search.send = func(match *finder.Match) error {
		matches++
		return stream.Send(match)
	}
	ctx := stream.Context()
	err = lesson.Walk(path, lesson.Shown(query.Path), func(path, name string) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		read++
		return search.search(ctx, path, name)
	})
	ending := "finished"
	if err != nil {
		ending = "cancelled"
	}
	lesson.Note("find '%s': %d files read, %d matches, %s", query.Text, read, matches, ending)
	if ctx.Err() != nil {
		return status.FromContextError(ctx.Err()).Err()
	}
	return err
}

func (s *service) Follow(file *finder.File, stream finder.Finder_FollowServer) error {
	path, information, err := s.root.Resolve(file.Path)
	if err != nil {
		return err
	}
	if !information.Mode().IsRegular() {
		return status.Errorf(codes.InvalidArgument, "%s is not a regular file", file.Path)
	}
	opened, err := lesson.OpenRegular(path)
	if err != nil {
		return lesson.Unreadable(file.Path)
	}
	defer opened.Close()
	err = follow(stream.Context(), opened, func(line string) error {
		return stream.Send(&finder.Line{Text: line})
	})
	if errors.Is(err, errLongLine) {
		return status.Errorf(codes.ResourceExhausted, "a line of %s is longer than 1 MiB", file.Path)
	}
	return status.FromContextError(stream.Context().Err()).Err()
}

func main() {
	arguments := lesson.NewArguments(usage)
	options := lesson.ServerOptions(arguments)
	root := arguments.Text("root", ".")
	arguments.Parse(os.Args[1:], 0)

	server := grpc.NewServer()
	finder.RegisterFinderServer(server, &service{root: lesson.RootFolder(*root)})
	options.Serve(server, options.Listen())
}
