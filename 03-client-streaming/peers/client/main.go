// Lesson 03's client in Go.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"google.golang.org/grpc"

	"lessons/lesson"
	"lessons/uploader"
)

const usage = `
usage: client PATH [--chunk SIZE | --whole] [--target HOST:PORT] [--timeout D]

  PATH                 the file to upload; - reads standard input
  --chunk SIZE         the bytes in one message (64KiB)
  --whole              everything in one message: meets the limit of 4 MiB
  --target HOST:PORT   the server (127.0.0.1:50051)
  --timeout D          the call's deadline (10m)

example: client notes.txt --chunk 16KiB
`

func main() {
	arguments := lesson.NewArguments(usage)
	options := lesson.ClientOptions(arguments, "10m")
	chunk := arguments.Size("chunk", "64KiB")
	whole := arguments.Flag("whole")
	arguments.Parse(os.Args[1:], 1)
	if len(arguments.Positional) == 0 {
		lesson.Usage("usage: client PATH (--help explains)")
	}
	if *chunk == 0 {
		lesson.Usage("--chunk needs a size of at least one byte")
	}
	file, header := open(arguments.Positional[0])

	connection, err := grpc.Dial(*options.Target, lesson.Plaintext())
	if err != nil {
		options.Exit(err)
	}
	defer connection.Close()
	ctx, cancel := options.Context()
	defer cancel()
	stream, err := uploader.NewUploaderClient(connection).Upload(ctx)
	if err != nil {
		options.Exit(err)
	}

	progress := lesson.NewProgress(header.Size)
	go send(stream, file, header, *chunk, *whole, progress)
	// CloseAndRecv would wait for all to be sent; RecvMsg alone also sees a server
	// that rejects the upload while we still read.
	receipt := new(uploader.Receipt)
	err = stream.RecvMsg(receipt)
	progress.Finish()
	if err != nil {
		options.Exit(err)
	}
	fmt.Printf("bytes %d\nlines %d\nwords %d\ncrc32 %08x\n", receipt.Bytes, receipt.Lines, receipt.Words, receipt.Crc32)
}

func open(path string) (io.Reader, *uploader.Header) {
	if path == "-" {
		return os.Stdin, &uploader.Header{Name: "standard-input"}
	}
	file, err := os.Open(path)
	if err != nil {
		lesson.Usage("cannot read %s: %v", path, err.(*os.PathError).Err)
	}
	header := &uploader.Header{Name: filepath.Base(path)}
	if information, err := file.Stat(); err == nil && information.IsDir() {
		lesson.Usage("cannot read %s: is a directory", path)
	} else if err == nil && information.Mode().IsRegular() {
		header.Size = uint64(information.Size())
	}
	return file, header
}

// send sends the header and the chunks, then half-closes. It stops early when the
// server has answered early: Send then returns io.EOF, and the reason comes with
// RecvMsg.
func send(stream uploader.Uploader_UploadClient, file io.Reader, header *uploader.Header,
	chunk uint64, whole bool, progress *lesson.Progress) {
	if stream.Send(&uploader.Part{Content: &uploader.Part_Header{Header: header}}) != nil {
		return
	}
	var buffer []byte // Send has encoded a chunk when it returns
	if !whole {
		buffer = make([]byte, chunk)
	}
	for {
		var bytes []byte
		var err error
		if whole {
			if bytes, err = io.ReadAll(file); err == nil {
				err = io.EOF
			}
		} else {
			var n int
			n, err = io.ReadFull(file, buffer)
			bytes = buffer[:n]
		}
		if len(bytes) > 0 && stream.Send(&uploader.Part{Content: &uploader.Part_Chunk{Chunk: bytes}}) != nil {
			return
		}
		progress.Advance(len(bytes))
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			_ = stream.CloseSend()
			return
		}
		if err != nil {
			lesson.Usage("cannot read %s: %v", header.Name, err)
		}
	}
}
