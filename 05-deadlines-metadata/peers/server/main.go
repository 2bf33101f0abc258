// Lesson 05's server in Go. The context of an incoming call carries its deadline and
// its cancellation into every call that is made with it; only the request id, which
// is metadata, is passed on by hand.
package main

import (
	"context"
	"hash/crc32"
	"io"
	"os"
	"sort"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"lessons/lesson"
	"lessons/relay"
)

const usage = `
usage: server [--max-time D] [--token T] [--root DIR] [--host H] [--port P] [--grace D]

  --max-time D   this server's own limit for a call, whatever the client allows (none)
  --token T      the token that Describe asks for (sesame)
  --root DIR     the folder whose files are hashed (.)
  --host H       the address to listen on (127.0.0.1)
  --port P       the port; 0 picks a free one (50051)
  --grace D      how long calls may go on after Ctrl-C (5s)

example: server --port 0 --max-time 500ms
`

const (
	unit     = 10 * time.Millisecond
	mostHops = 8
	mostHold = 60_000 // milliseconds
)

type service struct {
	relay.UnimplementedRelayServer
	maxTime     time.Duration
	maxTimeText string
	root        lesson.Root
	address     string
	ledger      ledger
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// checkToken lets only callers who show the token reach Describe.
//
// An interceptor runs around every unary method. This one refuses before the method
// has begun, so the status is all that goes back (trailers only).
func checkToken(token string) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request interface{}, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (interface{}, error) {
		if info.FullMethod == "/relay.Relay/Describe" {
			md, _ := metadata.FromIncomingContext(ctx)
			switch shown := first(md.Get("authorization")); shown {
			case "Bearer " + token:
			case "":
				return nil, status.Error(codes.Unauthenticated, "no token; send the metadata authorization: Bearer TOKEN")
			default:
				return nil, status.Error(codes.Unauthenticated, "wrong token")
			}
		}
		return next(ctx, request)
	}
}

func (s *service) Describe(ctx context.Context, _ *relay.DescribeRequest) (*relay.Description, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	initial := metadata.Pairs("served-by", "relay")
	initial.Append("request-id", md.Get("request-id")...)
	if err := grpc.SendHeader(ctx, initial); err != nil {
		return nil, err
	}
	trailing := metadata.Pairs("cost", "1", "cost", "2")
	trailing.Append("echo-bin", md.Get("trace-bin")...)
	if err := grpc.SetTrailer(ctx, trailing); err != nil {
		return nil, err
	}
	description := &relay.Description{}
	if from, ok := peer.FromContext(ctx); ok {
		description.Peer = from.Addr.String()
	}
	var keys []string
	for key := range md {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		switch key {
		case "user-agent", "content-type", "te", "accept-encoding":
			continue
		}
		if strings.HasPrefix(key, ":") || strings.HasPrefix(key, "grpc-") {
			continue
		}
		for _, value := range md[key] {
			description.Metadata = append(description.Metadata, &relay.MetadataField{Key: key, Value: []byte(value)})
		}
	}
	return description, nil
}

// begin opens an entry of the ledger for a handler, and a context under its budget.
func (s *service) begin(incoming context.Context, method string) (context.Context, context.CancelFunc, budget, *entry) {
	ctx, cancel, b := s.budget(incoming)
	md, _ := metadata.FromIncomingContext(incoming)
	return ctx, cancel, b, s.ledger.begin(first(md.Get("request-id")), method, b.remaining)
}

func (s *service) Work(incoming context.Context, order *relay.WorkOrder) (done *relay.WorkDone, err error) {
	ctx, cancel, b, entry := s.begin(incoming, "Work")
	defer cancel()
	defer func() { entry.close(err) }()
	if err := grpc.SendHeader(incoming, b.metadata()); err != nil {
		return nil, err
	}
	units := uint64(0)
	ticks := time.NewTicker(unit)
	defer ticks.Stop()
	for units < (order.WorkMs+9)/10 {
		select {
		case <-ctx.Done():
			return nil, b.ended(incoming)
		case <-ticks.C:
			units = entry.count()
		}
	}
	// The work is committed; what becomes of the reply does not change that.
	hold := order.HoldMs
	if hold > mostHold {
		hold = mostHold
	}
	time.Sleep(time.Duration(hold) * time.Millisecond)
	return &relay.WorkDone{Units: units}, nil
}

func (s *service) Collect(stream relay.Relay_CollectServer) (err error) {
	_, cancel, _, entry := s.begin(stream.Context(), "Collect")
	defer cancel()
	defer func() { entry.close(err) }()
	items, enough := uint64(0), uint64(0)
	for {
		item, err := stream.Recv()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if enough == 0 {
			enough = uint64(item.Enough)
		}
		if items = entry.count(); items >= enough {
			break // whether or not the client has sent all
		}
	}
	return stream.SendAndClose(&relay.Collected{Items: uint32(items)})
}

func (s *service) LookUp(_ context.Context, query *relay.LedgerQuery) (*relay.LedgerEntry, error) {
	e := s.ledger.lookUp(query.RequestId)
	if e == nil {
		return nil, status.Errorf(codes.NotFound, "no call with the request-id %s", query.RequestId)
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	elapsed := e.elapsed
	if e.verdict == "RUNNING" {
		elapsed = time.Since(e.started)
	}
	return &relay.LedgerEntry{
		RequestId: e.requestID, Method: e.method, Verdict: e.verdict, Units: e.units,
		ElapsedMs: uint64(elapsed.Milliseconds()), RemainingMs: milliseconds(e.remaining),
	}, nil
}

func (s *service) Forward(incoming context.Context, journey *relay.Journey) (waterfall *relay.Waterfall, err error) {
	ctx, cancel, b, entry := s.begin(incoming, "Forward")
	defer cancel()
	defer func() { entry.close(err) }()
	if len(journey.Via) >= mostHops {
		return nil, status.Errorf(codes.InvalidArgument, "a journey has at most %d hops", mostHops)
	}
	hop, err := s.hash(ctx, journey, b, entry)
	var following []*relay.Hop
	if err == nil && len(journey.Via) > 0 {
		following, err = s.passOn(ctx, journey, entry)
	}
	if ctx.Err() != nil && err != nil {
		return nil, b.ended(incoming) // our own deadline says it better
	}
	if err != nil {
		return nil, err
	}
	return &relay.Waterfall{Hops: append([]*relay.Hop{hop}, following...)}, nil
}

// passOn calls the next hop. A production relay would keep its connections, and
// would not call wherever a client says.
func (s *service) passOn(ctx context.Context, journey *relay.Journey, entry *entry) ([]*relay.Hop, error) {
	following := journey.Via[0]
	connection, err := grpc.Dial(following, lesson.Plaintext())
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "hop %s: %v", following, err)
	}
	defer connection.Close()
	if entry.requestID != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "request-id", entry.requestID)
	}
	waterfall, err := relay.NewRelayClient(connection).Forward(ctx, &relay.Journey{
		Path: journey.Path, Via: journey.Via[1:], WorkMs: journey.WorkMs,
	})
	if err != nil {
		message := status.Convert(err).Message()
		if strings.HasSuffix(message, "connection refused\"") { // grpc-go's own words are long
			message = "connection refused"
		}
		return nil, status.Errorf(status.Code(err), "hop %s: %s", following, message)
	}
	return waterfall.Hops, nil
}

// hash hashes what is below the path, again and again until the time is up; it
// reports the first pass.
func (s *service) hash(ctx context.Context, journey *relay.Journey, b budget, entry *entry) (*relay.Hop, error) {
	path, information, err := s.root.Resolve(journey.Path)
	if err != nil {
		return nil, err
	}
	if !information.Mode().IsRegular() && !information.IsDir() {
		return nil, status.Errorf(codes.InvalidArgument, "%s is not a regular file or a folder", journey.Path)
	}
	hop := &relay.Hop{Address: s.address, Language: "go", RequestId: entry.requestID, RemainingMs: milliseconds(b.remaining)}
	begun := time.Now()
	atLeast := time.Duration(journey.WorkMs) * time.Millisecond
	for pass := 1; pass == 1 || time.Since(begun) < atLeast; pass++ {
		files, bytes, checksum := uint64(0), uint64(0), uint32(0)
		err := lesson.Walk(path, "", func(path, _ string) error {
			if pass > 1 && time.Since(begun) >= atLeast {
				return io.EOF // enough
			}
			files++
			entry.count()
			size, err := hashFile(ctx, path, &checksum)
			bytes += size
			return err
		})
		if err != nil && err != io.EOF {
			return nil, err
		}
		if pass == 1 {
			hop.Files, hop.Bytes, hop.Crc32 = files, bytes, checksum
		}
		if files == 0 { // nothing to hash: do not spin
			time.Sleep(unit)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	hop.WorkedMs = uint64(time.Since(begun).Milliseconds())
	return hop, nil
}

func hashFile(ctx context.Context, path string, checksum *uint32) (size uint64, err error) {
	file, err := lesson.OpenRegular(path)
	if err != nil {
		lesson.Note("skipped %s: %v", path, err)
		return 0, ctx.Err()
	}
	defer file.Close()
	block := make([]byte, 1<<16)
	for {
		n, err := file.Read(block)
		*checksum = crc32.Update(*checksum, crc32.IEEETable, block[:n])
		size += uint64(n)
		if err != nil || ctx.Err() != nil {
			return size, ctx.Err()
		}
	}
}

func main() {
	arguments := lesson.NewArguments(usage)
	options := lesson.ServerOptions(arguments)
	maxTime := arguments.Duration("max-time", "")
	token := arguments.Text("token", "sesame")
	root := arguments.Text("root", ".")
	arguments.Parse(os.Args[1:], 0)
	if arguments.Given("max-time") && *maxTime == 0 {
		lesson.Usage("--max-time needs a duration longer than zero, not '%s'", arguments.TextOf("max-time"))
	}

	s := &service{
		maxTime: *maxTime, maxTimeText: arguments.TextOf("max-time"),
		root: lesson.RootFolder(*root), ledger: ledger{entries: map[string]*entry{}},
	}
	listener := options.Listen()
	s.address = options.Address()
	server := grpc.NewServer(grpc.UnaryInterceptor(checkToken(*token)))
	relay.RegisterRelayServer(server, s)
	options.Serve(server, listener)
}
