// Lesson 03's server in Go.
package main

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"lessons/lesson"
	"lessons/uploader"
)

const usage = `
usage: server [--into DIR] [--max-size SIZE] [--delay D] [--host H] [--port P] [--grace D]

  --into DIR        keep uploads in this folder (without it they are only counted)
  --max-size SIZE   the largest file taken, such as 64KiB or 100MB (any)
  --delay D         how long each part waits: a slow server (0s)
  --host H          the address to listen on (127.0.0.1)
  --port P          the port; 0 picks a free one (50051)
  --grace D         how long calls may go on after Ctrl-C (5s)

example: server --into uploads --max-size 100MB
`

type service struct {
	uploader.UnimplementedUploaderServer
	into    string // "" counts only
	limited bool
	maxSize uint64
	delay   time.Duration
}

// Upload receives part by part. While it does not call Recv, grpc-go grants the
// client no more room: a slow server slows the client down.
func (s *service) Upload(stream uploader.Uploader_UploadServer) error {
	first, err := stream.Recv()
	if err != nil && err != io.EOF {
		return err
	}
	header := first.GetHeader()
	if header == nil {
		return status.Error(codes.InvalidArgument, "the first part must be the header")
	}
	if err := s.check(header); err != nil {
		return err
	}
	var output io.Writer = io.Discard
	if s.into != "" {
		file, err := os.CreateTemp(s.into, ".upload-")
		if err != nil {
			return cannotKeep(header, err)
		}
		// Nothing half-written stays behind, however the call ends; once the file
		// has its name, there is nothing left to remove.
		defer os.Remove(file.Name())
		defer file.Close()
		output = file
	}

	count := counter{}
	for {
		part, err := stream.Recv()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err // cancelled, or the client is gone
		}
		if err := s.checkPart(part, header, count.receipt.Bytes+uint64(len(part.GetChunk()))); err != nil {
			return err
		}
		count.add(part.GetChunk())
		if _, err := output.Write(part.GetChunk()); err != nil {
			return cannotKeep(header, err)
		}
		select {
		case <-time.After(s.delay):
		case <-stream.Context().Done():
		}
	}
	if received := count.receipt.Bytes; header.Size != 0 && header.Size != received {
		return wrongSize(header, received)
	}
	if file, ok := output.(*os.File); ok {
		if err := s.keep(file, header); err != nil {
			return err
		}
	}
	return stream.SendAndClose(&count.receipt)
}

// check rejects what the header alone tells, before any byte has come.
func (s *service) check(header *uploader.Header) error {
	switch {
	case header.Name == "":
		return status.Error(codes.InvalidArgument, "the name is empty")
	case header.Name == "." || header.Name == ".." || strings.ContainsAny(header.Name, "/\x00"):
		return status.Errorf(codes.PermissionDenied, "%s is not a plain file name", header.Name)
	case s.limited && header.Size > s.maxSize:
		return status.Errorf(codes.ResourceExhausted,
			"%s holds %d bytes; this server takes at most %d (server --max-size)", header.Name, header.Size, s.maxSize)
	}
	return nil
}

func (s *service) checkPart(part *uploader.Part, header *uploader.Header, received uint64) error {
	switch {
	case part.GetHeader() != nil:
		return status.Error(codes.InvalidArgument, "a second header")
	case part.Content == nil:
		return status.Error(codes.InvalidArgument, "a part without content")
	case s.limited && received > s.maxSize:
		return status.Errorf(codes.ResourceExhausted,
			"%s holds more than the %d bytes that this server takes (server --max-size)", header.Name, s.maxSize)
	case header.Size != 0 && received > header.Size:
		return wrongSize(header, received)
	}
	return nil
}

func (s *service) keep(file *os.File, header *uploader.Header) error {
	if err := file.Chmod(0o644); err != nil {
		return cannotKeep(header, err)
	}
	if err := os.Rename(file.Name(), filepath.Join(s.into, header.Name)); err != nil {
		return cannotKeep(header, err)
	}
	lesson.Note("kept %s", header.Name)
	return nil
}

func wrongSize(header *uploader.Header, received uint64) error {
	return status.Errorf(codes.InvalidArgument,
		"%s holds %d bytes, but its header says %d", header.Name, received, header.Size)
}

func cannotKeep(header *uploader.Header, err error) error {
	reason := fmt.Sprint(err)
	switch err := err.(type) {
	case *os.LinkError:
		reason = err.Err.Error()
	case *os.PathError:
		reason = err.Err.Error()
	}
	code := codes.FailedPrecondition
	for _, full := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, full) {
			code = codes.ResourceExhausted
		}
	}
	return status.Errorf(code, "%s cannot be kept: %s", header.Name, reason)
}

// counter counts what a receipt says.
type counter struct {
	receipt uploader.Receipt
	inWord  bool
}

func (c *counter) add(chunk []byte) {
	c.receipt.Bytes += uint64(len(chunk))
	c.receipt.Crc32 = crc32.Update(c.receipt.Crc32, crc32.IEEETable, chunk)
	for _, b := range chunk {
		switch b {
		case '\n':
			c.receipt.Lines++
			c.inWord = false
		case ' ', '\t', '\v', '\f', '\r':
			c.inWord = false
		default:
			if !c.inWord {
				c.receipt.Words++
			}
			c.inWord = true
		}
	}
}

func main() {
	arguments := lesson.NewArguments(usage)
	options := lesson.ServerOptions(arguments)
	into := arguments.Text("into", "")
	maxSize := arguments.Size("max-size", "")
	delay := arguments.Duration("delay", "0s")
	arguments.Parse(os.Args[1:], 0)
	if arguments.Given("into") {
		if information, err := os.Stat(*into); err != nil || !information.IsDir() {
			lesson.Usage("--into needs a folder, not '%s'", *into)
		}
	}

	server := grpc.NewServer()
	uploader.RegisterUploaderServer(server, &service{
		into: *into, limited: arguments.Given("max-size"), maxSize: *maxSize, delay: *delay,
	})
	options.Serve(server, options.Listen())
}
