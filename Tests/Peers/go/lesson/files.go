package lesson

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Root is a folder of which files may be read, for lessons 02 and 05.
type Root string

// RootFolder is the real path of --root.
func RootFolder(path string) Root {
	absolute, err := filepath.Abs(path)
	if err == nil {
		absolute, err = filepath.EvalSymlinks(absolute)
	}
	information, statError := os.Stat(absolute)
	if err != nil || statError != nil || !information.IsDir() {
		Usage("--root needs a folder, not '%s'", path)
	}
	return Root(absolute)
}

// Resolve is the real path of what path names below the root.
//
// The path is checked now and opened later: whoever may swap folders for links
// below the root can win that race. A server for strangers would open each part
// with openat and O_NOFOLLOW instead.
func (r Root) Resolve(path string) (string, fs.FileInfo, error) {
	leaves := status.Errorf(codes.PermissionDenied, "%s leaves the root", path)
	if strings.HasPrefix(path, "/") {
		return "", nil, leaves
	}
	depth := 0
	for _, part := range strings.Split(path, "/") {
		switch part {
		case "", ".":
		case "..":
			depth--
		default:
			depth++
		}
		if depth < 0 {
			return "", nil, leaves
		}
	}
	real := realPath(string(r) + "/" + path)
	if real != string(r) && !strings.HasPrefix(real, strings.TrimSuffix(string(r), "/")+"/") {
		return "", nil, leaves
	}
	information, err := os.Lstat(real)
	if os.IsPermission(err) {
		return "", nil, Unreadable(path)
	}
	if err != nil || information.Mode()&fs.ModeSymlink != 0 { // missing, or links in a circle
		return "", nil, status.Errorf(codes.NotFound, "%s does not exist", path)
	}
	return real, information, nil
}

// Unreadable is the status of a path that may not be read.
func Unreadable(path string) error {
	return status.Errorf(codes.PermissionDenied, "%s cannot be read", path)
}

// realPath follows the links in a path as far as it exists; filepath.EvalSymlinks
// refuses a path whose end is missing, and would not tell where it leads.
func realPath(path string) string {
	parts := strings.Split(path, "/")
	real := "/"
	for links := 0; len(parts) > 0; {
		part := parts[0]
		parts = parts[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			real = filepath.Dir(real)
			continue
		}
		next := filepath.Join(real, part)
		target, err := os.Readlink(next)
		if links++; err != nil || links > 4096 {
			real = next
			continue
		}
		if filepath.IsAbs(target) {
			real = "/"
		}
		parts = append(strings.Split(target, "/"), parts...)
	}
	return real
}

// Shown is a path as results show it: without empty parts and ".".
func Shown(path string) string {
	var parts []string
	for _, part := range strings.Split(path, "/") {
		if part != "" && part != "." {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "/")
}

// Walk visits every regular file at or below path, folders in byte order of their
// names. Links, pipes and devices are skipped, and folders that cannot be read.
func Walk(path, name string, visit func(path, name string) error) error {
	information, err := os.Lstat(path)
	switch {
	case err != nil:
		return nil
	case information.Mode().IsRegular():
		return visit(path, strings.ToValidUTF8(name, "\uFFFD"))
	case !information.IsDir():
		return nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		Note("skipped %s: %v", path, err)
		return nil
	}
	for _, entry := range entries {
		inner := entry.Name()
		if name != "" {
			inner = name + "/" + inner
		}
		if err := Walk(filepath.Join(path, entry.Name()), inner, visit); err != nil {
			return err
		}
	}
	return nil
}

// OpenRegular opens a regular file for reading; it never waits for a pipe or
// follows a link.
func OpenRegular(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if information, err := file.Stat(); err != nil || !information.Mode().IsRegular() {
		file.Close()
		return nil, fmt.Errorf("not a regular file")
	}
	return file, nil
}
