package lesson

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"time"
	"unicode"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Client holds the options of every client.
type Client struct {
	Target  *string
	Timeout *time.Duration

	arguments *Arguments
	begin     sync.Once
	started   time.Time
	root      context.Context
	cancel    context.CancelFunc
}

// ClientOptions adds --target and --timeout, whose default may be "" for none.
func ClientOptions(a *Arguments, timeout string) *Client {
	return &Client{Target: a.Target("target", "127.0.0.1:50051"), Timeout: a.Timeout(timeout), arguments: a}
}

// DefaultTimeout sets the deadline when none was given.
func (c *Client) DefaultTimeout(text string) {
	if !c.arguments.Given("timeout") {
		c.arguments.options["timeout"].text = text
		_ = c.arguments.options["timeout"].set(text)
	}
}

// Context begins a call's clock: it ends at the deadline, and on Ctrl-C.
func (c *Client) Context() (context.Context, context.CancelFunc) {
	c.begin.Do(func() {
		c.started = time.Now()
		c.root, c.cancel = signal.NotifyContext(context.Background(), os.Interrupt)
	})
	if *c.Timeout > 0 {
		return context.WithTimeout(c.root, *c.Timeout)
	}
	return context.WithCancel(c.root)
}

// Interrupted says whether Ctrl-C ended the call.
func (c *Client) Interrupted() bool { return c.root != nil && c.root.Err() != nil }

// Exit ends the process as the call ended: nothing to say and 0 when it is nil,
// otherwise one line and 64 + the status code.
func (c *Client) Exit(err error) {
	code, message := c.explain(err)
	if code == codes.OK {
		os.Exit(0)
	}
	Note("%s", strings.TrimSuffix(Name(code)+": "+message, ": "))
	os.Exit(64 + int(code))
}

// explain finds words for an error of a call.
func (c *Client) explain(err error) (codes.Code, string) {
	code := status.Code(err)
	message := strings.Join(strings.Fields(status.Convert(err).Message()), " ")
	switch err {
	case context.Canceled:
		code = codes.Canceled
	case context.DeadlineExceeded:
		code = codes.DeadlineExceeded
	}
	switch {
	case c.Interrupted() && code == codes.Canceled:
		message = "interrupted by Ctrl-C"
	case code == codes.DeadlineExceeded && *c.Timeout > 0 &&
		(message == context.DeadlineExceeded.Error() || time.Since(c.started) >= *c.Timeout):
		by := "the default; --timeout changes it"
		if c.arguments.Given("timeout") {
			by = "set by --timeout"
		}
		message = fmt.Sprintf("no reply within %s (%s)", c.arguments.TextOf("timeout"), by)
	case code == codes.Unavailable && strings.HasPrefix(message, "hop "): // lesson 05: not our own target
	case code == codes.Unavailable && strings.Contains(message, "connection refused"):
		message = fmt.Sprintf("cannot connect to %s: connection refused", *c.Target)
	case code == codes.Unavailable && (strings.Contains(message, "transport is closing") ||
		strings.Contains(message, "EOF") || strings.Contains(message, "connection reset")):
		message = fmt.Sprintf("the connection to %s was lost", *c.Target)
	}
	return code, message
}

// Name is a status code's name as gRPC's specification writes it:
// InvalidArgument → INVALID_ARGUMENT. (Go's own spelling of CANCELLED has one L.)
func Name(code codes.Code) string {
	switch code {
	case codes.OK:
		return "OK"
	case codes.Canceled:
		return "CANCELLED"
	}
	var name strings.Builder
	for i, letter := range code.String() {
		if unicode.IsUpper(letter) && i > 0 {
			name.WriteByte('_')
		}
		name.WriteRune(unicode.ToUpper(letter))
	}
	return name.String()
}

// Note prints narration and errors: they go to standard error, results to
// standard output.
func Note(format string, values ...interface{}) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
}
