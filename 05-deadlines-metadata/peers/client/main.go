// Lesson 05's client in Go: one function a step.
package main

import (
	"context"
	"fmt"
	"math/rand"
	"os"
	"sort"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"lessons/lesson"
	"lessons/relay"
)

const usage = `
usage: client STEP [options] [--target HOST:PORT] [--timeout D]

  metadata [--token T]          the three places of metadata, duplicates, bytes, a token
  deadline [--work D]           the client's deadline (500ms) against work of 2s
  cap [--work D]                the server's own limit (server --max-time) against work of 2s
  cancel [--after D] [--work D] cancels work of 10s after D, or on Ctrl-C
  ledgers                       two calls in the eyes of both ends
  channel [--watch D]           states, two stubs on one channel; watches them for D
  relay [--via A,B] [PATH]      hashes PATH at the target, then at each hop that follows

  --request-id ID               under which the servers write the call down (random)
  --work D                      how long a step, or each hop, works
  --target HOST:PORT            the server (127.0.0.1:50051)
  --timeout D                   the call's deadline

example: client relay --via 127.0.0.1:50052,127.0.0.1:50053 Shared
`

// client is what every step uses.
type client struct {
	*lesson.Client
	connection  *grpc.ClientConn
	stub        relay.RelayClient
	requestID   string
	path, via   string
	work, watch time.Duration
	after       time.Duration
	afterText   string // "" without --after
}

// step is one sub-command and its defaults.
type step struct {
	run           func(*client) error
	timeout, work string
}

var order = []string{"metadata", "deadline", "cap", "cancel", "ledgers", "channel", "relay"}

var steps = map[string]step{
	"metadata": {(*client).metadata, "5s", "2s"},
	"deadline": {(*client).workStep, "500ms", "2s"},
	"cap":      {(*client).workStep, "5s", "2s"},
	"cancel":   {(*client).cancel, "30s", "10s"},
	"ledgers":  {(*client).ledgers, "300ms", "2s"},
	"channel":  {(*client).channel, "5s", "2s"},
	"relay":    {(*client).relay, "5s", "200ms"},
}

func main() {
	arguments := lesson.NewArguments(usage)
	options := lesson.ClientOptions(arguments, "")
	token := arguments.Text("token", "sesame")
	requestID := arguments.Text("request-id", randomID())
	work := arguments.Duration("work", "")
	after := arguments.Duration("after", "")
	watch := arguments.Duration("watch", "0s")
	via := arguments.Text("via", "")
	arguments.Parse(os.Args[1:], 2)
	positional := append(arguments.Positional, "", "")
	step, ok := steps[positional[0]]
	if !ok || (positional[0] != "relay" && len(arguments.Positional) > 1) {
		lesson.Usage("a step is one of %s (--help explains)", strings.Join(order, ", "))
	}
	options.DefaultTimeout(step.timeout)
	if !arguments.Given("work") {
		*work, _ = time.ParseDuration(step.work)
	}

	connection, err := grpc.Dial(*options.Target, lesson.Plaintext(), grpc.WithUnaryInterceptor(showToken(*token)))
	if err != nil {
		options.Exit(err)
	}
	defer connection.Close()
	options.Exit(step.run(&client{
		Client: options, connection: connection, stub: relay.NewRelayClient(connection),
		requestID: *requestID, path: positional[1], via: *via, work: *work, watch: *watch,
		after: *after, afterText: arguments.TextOf("after"),
	}))
}

var random = rand.New(rand.NewSource(time.Now().UnixNano()))

func randomID() string { return fmt.Sprintf("%08x", random.Uint32()) }

// identified is a call's context with the request id as metadata.
func (c *client) identified() (context.Context, context.CancelFunc) {
	ctx, cancel := c.Context()
	return metadata.AppendToOutgoingContext(ctx, "request-id", c.requestID), cancel
}

// --- metadata ---

// showToken adds the token to every unary call of a connection.
func showToken(token string) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, request, reply interface{}, connection *grpc.ClientConn,
		next grpc.UnaryInvoker, options ...grpc.CallOption) error {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
		return next(ctx, method, request, reply, connection, options...)
	}
}

func (c *client) metadata() error {
	ctx, cancel := c.identified()
	defer cancel()
	ctx = metadata.AppendToOutgoingContext(ctx,
		"note", "first",
		"note", "second",
		"trace-bin", "\x00\x01\xfe\xff")
	var initial, trailing metadata.MD
	description, err := c.stub.Describe(ctx, &relay.DescribeRequest{}, grpc.Header(&initial), grpc.Trailer(&trailing))
	if err != nil {
		return err
	}
	fmt.Println("request metadata, as the server saw it")
	for _, field := range description.Metadata {
		showField(field.Key, string(field.Value))
	}
	show("initial metadata", initial)
	show("trailing metadata", trailing)

	fmt.Println("without a token")
	plain, err := grpc.Dial(*c.Target, lesson.Plaintext())
	if err != nil {
		return err
	}
	defer plain.Close()
	ctx, cancelPlain := c.Context()
	defer cancelPlain()
	initial = nil
	_, err = relay.NewRelayClient(plain).Describe(ctx, &relay.DescribeRequest{}, grpc.Header(&initial))
	fmt.Printf("  %s: %s\n", lesson.Name(status.Code(err)), status.Convert(err).Message())
	if len(ours(initial)) == 0 {
		fmt.Println("  no initial metadata: the status came alone (trailers only)")
	}

	// grpc-go refuses neither: it makes keys lower case, and leaves out grpc- keys.
	fmt.Println("refused before the call")
	fmt.Println("  Note: keys are lower case (grpc-go would make it note)")
	fmt.Println("  grpc-note: keys that begin with grpc- are reserved for gRPC (grpc-go would leave it out)")
	return nil
}

func show(title string, fields metadata.MD) {
	fmt.Println(title)
	for _, key := range ours(fields) {
		for _, value := range fields[key] {
			showField(key, value)
		}
	}
}

func showField(key, value string) {
	if strings.HasSuffix(key, "-bin") {
		value = fmt.Sprintf("% x", value)
	}
	fmt.Printf("  %s: %s\n", key, value)
}

// ours are the keys without what the transport adds, sorted.
func ours(fields metadata.MD) (keys []string) {
	for key := range fields {
		switch key {
		case "content-type", "server", "date", "accept-encoding":
			continue
		}
		if !strings.HasPrefix(key, "grpc-") {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	return keys
}

// --- deadline, cap, cancel ---

// workStep is `deadline` and `cap`: one call, whose end is the result.
func (c *client) workStep() error {
	ctx, cancel := c.identified()
	defer cancel()
	return c.doWork(ctx)
}

// doWork starts the call and prints what the server announces before it works.
//
// A generated unary method returns when the call ends. On the wire a unary call is a
// stream of one response, so we make it as one, to see the header when it comes.
func (c *client) doWork(ctx context.Context) error {
	stream, err := c.connection.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, "/relay.Relay/Work")
	if err != nil {
		return err
	}
	if err := stream.SendMsg(&relay.WorkOrder{WorkMs: uint64(c.work.Milliseconds())}); err != nil {
		return stream.RecvMsg(new(relay.WorkDone)) // the reason why
	}
	_ = stream.CloseSend()
	if header, err := stream.Header(); err == nil && header != nil {
		value := func(key string) string {
			if values := header.Get(key); len(values) > 0 {
				return values[0] + " ms"
			}
			return "none"
		}
		fmt.Printf("remaining %s, cap %s, allowed %s\n", value("remaining-ms"), value("cap-ms"), value("allowed-ms"))
	}
	done := new(relay.WorkDone)
	if err := stream.RecvMsg(done); err != nil {
		return err
	}
	fmt.Printf("done: %d units of work\n", done.Units)
	return nil
}

func (c *client) cancel() error {
	ctx, cancel := c.identified()
	defer cancel()
	if c.afterText != "" {
		time.AfterFunc(c.after, cancel)
	}
	err := c.doWork(ctx)
	if status.Code(err) != codes.Canceled {
		return err
	}
	if !c.Interrupted() {
		err = status.Errorf(codes.Canceled, "cancelled after %s (--after)", c.afterText)
	}
	entry, lookUpError := c.lookUp()
	if lookUpError != nil {
		return lookUpError
	}
	fmt.Printf("ledger: %s after %d units\n", entry.Verdict, entry.Units)
	time.Sleep(200 * time.Millisecond)
	if entry, lookUpError = c.lookUp(); lookUpError != nil {
		return lookUpError
	}
	fmt.Printf("200 ms later: still %d units\n", entry.Units)
	return err
}

// lookUp is the server's verdict, once it has one. Its context is not the call's,
// which may be over.
func (c *client) lookUp() (entry *relay.LedgerEntry, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for {
		entry, err = c.stub.LookUp(ctx, &relay.LedgerQuery{RequestId: c.requestID})
		if err != nil || entry.Verdict != "RUNNING" {
			return entry, err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// --- ledgers ---

func (c *client) ledgers() error {
	if err := c.lateReply(); err != nil {
		return err
	}
	c.requestID = randomID()
	return c.enough()
}

// lateReply: the server commits at once, and its reply comes after the client's
// deadline.
func (c *client) lateReply() error {
	ctx, cancel := c.identified()
	defer cancel()
	limit := uint64(c.Timeout.Milliseconds())
	work := limit / 3
	if work > 100 {
		work = 100
	}
	started := time.Now()
	_, err := c.stub.Work(ctx, &relay.WorkOrder{WorkMs: work, HoldMs: 2 * limit})
	if code := status.Code(err); code != codes.OK && code != codes.DeadlineExceeded {
		return err
	}
	fmt.Printf("request-id %s\n", c.requestID)
	fmt.Printf("  client: %s after %d ms\n", lesson.Name(status.Code(err)), time.Since(started).Milliseconds())
	entry, err := c.lookUp()
	switch status.Code(err) {
	case codes.OK:
		fmt.Printf("  server: %s after %d ms, %d units committed\n", entry.Verdict, entry.ElapsedMs, entry.Units)
	case codes.NotFound: // the deadline was so short that the call never went out
		fmt.Println("  server: knows of no such call")
		return nil
	}
	return err
}

// enough: the server has enough after three of ten items, and answers.
func (c *client) enough() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	stream, err := c.stub.Collect(metadata.AppendToOutgoingContext(ctx, "request-id", c.requestID))
	if err != nil {
		return err
	}
	started := time.Now()
	answered := make(chan error, 1)
	go func() { answered <- stream.RecvMsg(new(relay.Collected)) }()
	sent, isAnswered := 0, false
	for sent < 10 && !isAnswered {
		if stream.Send(&relay.Item{Number: uint32(sent + 1), Enough: 3}) == nil {
			sent++
		}
		select {
		case err = <-answered:
			isAnswered = true
		case <-time.After(100 * time.Millisecond):
		}
	}
	if !isAnswered {
		err = <-answered
	}
	if err != nil {
		return err
	}
	fmt.Printf("request-id %s\n", c.requestID)
	fmt.Printf("  client: OK after %d ms, %d of 10 items sent\n", time.Since(started).Milliseconds(), sent)
	entry, err := c.lookUp()
	if err == nil {
		fmt.Printf("  server: %s after %d ms, %d items taken\n", entry.Verdict, entry.ElapsedMs, entry.Units)
	}
	return err
}

// --- channel ---

func (c *client) describe(stub relay.RelayClient) (string, error) {
	ctx, cancel := c.Context()
	defer cancel()
	description, err := stub.Describe(ctx, &relay.DescribeRequest{})
	return description.GetPeer(), err
}

// channel: grpc-go 1.33 connects as soon as it dials; a current one waits for the
// first call.
func (c *client) channel() error {
	states := newStates(c.connection)
	peers := make([]string, 2)
	for i := range peers {
		var err error
		if peers[i], err = c.describe(relay.NewRelayClient(c.connection)); err != nil {
			fmt.Println("states " + states.until("TRANSIENT_FAILURE"))
			return err
		}
	}
	fmt.Println("states " + states.until("READY"))
	fmt.Printf("first stub: connection from %s\nsecond stub: connection from %s\n", peers[0], peers[1])
	if peers[0] == peers[1] {
		fmt.Println("one connection")
	} else {
		fmt.Println("two connections")
	}
	if c.watch == 0 {
		return nil
	}
	started := time.Now()
	report := func(text string) { fmt.Printf("+%.1f s %s\n", time.Since(started).Seconds(), text) }
	states.report(report)
	for last := codes.OK; time.Since(started) < c.watch && !c.Interrupted(); time.Sleep(200 * time.Millisecond) {
		_, err := c.describe(c.stub)
		if code := status.Code(err); code != last {
			report("call " + lesson.Name(code))
			last = code
		}
	}
	if c.Interrupted() {
		return status.Error(codes.Canceled, "")
	}
	return nil
}

// --- relay ---

func (c *client) relay() error {
	journey := &relay.Journey{Path: c.path, WorkMs: uint64(c.work.Milliseconds())}
	if c.via != "" {
		journey.Via = strings.Split(c.via, ",")
	}
	fmt.Printf("request-id %s\n", c.requestID)
	ctx, cancel := c.identified()
	defer cancel()
	waterfall, err := c.stub.Forward(ctx, journey)
	if err != nil {
		return err
	}
	for i, hop := range waterfall.Hops {
		fmt.Printf("hop %d %s %s remaining %d ms, worked %d ms, %d files, %d bytes, crc32 %08x\n",
			i+1, hop.Address, hop.Language, hop.RemainingMs, hop.WorkedMs, hop.Files, hop.Bytes, hop.Crc32)
	}
	return nil
}
