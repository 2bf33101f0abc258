package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"lessons/finder"
	"lessons/lesson"
)

const longestLine = 1 << 20

// searcher looks for one text in many files, with one buffer for all of them.
type searcher struct {
	text   []byte
	reader *bufio.Reader
	send   func(*finder.Match) error
}

// search sends the matches of one file. It is read twice: nothing of a binary file
// is sent.
func (s *searcher) search(ctx context.Context, path, name string) error {
	file, err := lesson.OpenRegular(path)
	if err != nil {
		lesson.Note("skipped %s: %v", name, err)
		return nil
	}
	defer file.Close()
	isText, holds, err := s.inspect(ctx, file)
	if err != nil || !holds {
		return err
	}
	if !isText {
		return s.send(&finder.Match{File: name, Binary: true})
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil
	}
	s.reader.Reset(file)
	for number := uint64(1); ; number++ {
		line, err := s.reader.ReadSlice('\n')
		if bytes.Contains(line, s.text) {
			text := strings.ToValidUTF8(string(bytes.TrimSuffix(line, []byte("\n"))), "\uFFFD")
			if err := s.send(&finder.Match{File: name, Line: number, Text: text}); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
		if number%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// inspect says whether a file is text, and whether it holds the text searched for.
func (s *searcher) inspect(ctx context.Context, file *os.File) (isText, holds bool, err error) {
	isText = true
	var before []byte // the end of the last piece, when a line comes in pieces
	s.reader.Reset(file)
	for {
		piece, err := s.reader.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) || bytes.IndexByte(piece, 0) >= 0 || !utf8.Valid(piece) {
			isText = false
		}
		before = append(before, piece...)
		holds = holds || bytes.Contains(before, s.text)
		before = before[:copy(before, before[max(0, len(before)-len(s.text)+1):])]
		switch {
		case ctx.Err() != nil:
			return false, false, ctx.Err()
		case holds && !isText:
			return isText, holds, nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return isText, holds, nil // the end, or a file that cannot be read on
		}
	}
}

func max(a, b int) int {
	if a > b {
		return a
	}
	return b
}

var errLongLine = errors.New("a line is longer than 1 MiB")

// follow sends the last ten complete lines, then every line that is completed.
func follow(ctx context.Context, file *os.File, send func(line string) error) error {
	position := startOfLastLines(file, 10)
	var pending []byte
	block := make([]byte, 1<<16)
	for ctx.Err() == nil {
		n, _ := file.ReadAt(block, position)
		if n == 0 {
			if information, err := file.Stat(); err == nil && information.Size() < position {
				position, pending = 0, nil // truncated: begin again
			}
			select {
			case <-time.After(100 * time.Millisecond):
			case <-ctx.Done():
			}
			continue
		}
		position += int64(n)
		pending = append(pending, block[:n]...)
		for {
			line, rest, complete := bytes.Cut(pending, []byte("\n"))
			if !complete {
				break
			}
			if err := send(strings.ToValidUTF8(string(line), "\uFFFD")); err != nil {
				return err
			}
			pending = rest
		}
		if len(pending) > longestLine {
			return errLongLine
		}
	}
	return ctx.Err()
}

func startOfLastLines(file *os.File, count int) int64 {
	information, err := file.Stat()
	if err != nil {
		return 0
	}
	wanted := count + 1 // line feeds, seen from the end
	block := make([]byte, 1<<13)
	for position := information.Size(); position > 0; {
		start := position - int64(len(block))
		if start < 0 {
			start = 0
		}
		n, _ := file.ReadAt(block[:position-start], start)
		for end := bytes.LastIndexByte(block[:n], '\n'); end >= 0; end = bytes.LastIndexByte(block[:end], '\n') {
			if wanted--; wanted == 0 {
				return start + int64(end) + 1
			}
		}
		position = start
	}
	return 0
}
