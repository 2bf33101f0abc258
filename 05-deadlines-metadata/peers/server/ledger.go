package main

import (
	"context"
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"lessons/lesson"
)

const ledgerLength = 1000

// budget is what is left for a call: the smaller of the client's deadline and the
// server's own limit. The context carries both, to every call made with it.
type budget struct {
	remaining time.Duration // of the client's deadline, on arrival; 0 when there is none
	limit     time.Duration // the server's own; 0 when there is none
	limitText string
}

func (s *service) budget(ctx context.Context) (context.Context, context.CancelFunc, budget) {
	b := budget{limit: s.maxTime, limitText: s.maxTimeText}
	if deadline, ok := ctx.Deadline(); ok {
		b.remaining = time.Until(deadline)
	}
	if b.limit > 0 { // keeps whichever deadline is earlier
		ctx, cancel := context.WithTimeout(ctx, b.limit)
		return ctx, cancel, b
	}
	ctx, cancel := context.WithCancel(ctx)
	return ctx, cancel, b
}

// metadata is the announcement of a step that works.
func (b budget) metadata() metadata.MD {
	md := metadata.MD{}
	allowed := b.remaining
	if b.limit > 0 && (allowed == 0 || b.limit < allowed) {
		allowed = b.limit
	}
	for key, value := range map[string]time.Duration{
		"remaining-ms": b.remaining, "cap-ms": b.limit, "allowed-ms": allowed,
	} {
		if value > 0 {
			md.Set(key, strconv.FormatUint(milliseconds(value), 10))
		}
	}
	return md
}

// ended is the status of a call whose context is over; incoming is the context that
// the client ends, without our own limit.
func (b budget) ended(incoming context.Context) error {
	switch {
	case incoming.Err() == nil || (b.limit > 0 && b.limit < b.remaining && incoming.Err() != context.Canceled):
		return status.Errorf(codes.DeadlineExceeded, "the server's own limit of %s has passed (server --max-time)", b.limitText)
	case incoming.Err() == context.DeadlineExceeded:
		return status.Error(codes.DeadlineExceeded, "the client's deadline has passed")
	}
	return status.Error(codes.Canceled, "the client has cancelled")
}

// milliseconds are rounded up; 0 stands for none.
func milliseconds(d time.Duration) uint64 {
	if d <= 0 {
		return 0
	}
	return uint64((d + time.Millisecond - 1) / time.Millisecond)
}

// entry is one line of the ledger: what this server thinks of one call.
type entry struct {
	requestID, method string
	remaining         time.Duration
	started           time.Time

	mutex   sync.Mutex
	elapsed time.Duration // once it has ended
	verdict string
	units   uint64
}

func (e *entry) count() uint64 {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.units++
	return e.units
}

func (e *entry) close(err error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.elapsed, e.verdict = time.Since(e.started), lesson.Name(status.Code(err))
	if e.requestID != "" {
		lesson.Note("%s %s: %s after %d units", e.method, e.requestID, e.verdict, e.units)
	}
}

// ledger keeps the last entries under their request ids.
type ledger struct {
	mutex   sync.Mutex
	entries map[string]*entry
	order   []string
}

func (l *ledger) begin(requestID, method string, remaining time.Duration) *entry {
	e := &entry{requestID: requestID, method: method, remaining: remaining, started: time.Now(), verdict: "RUNNING"}
	if requestID == "" {
		return e
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.entries[requestID] == nil {
		l.order = append(l.order, requestID)
	}
	l.entries[requestID] = e
	if len(l.order) > ledgerLength {
		delete(l.entries, l.order[0])
		l.order = l.order[1:]
	}
	return e
}

func (l *ledger) lookUp(requestID string) *entry {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.entries[requestID]
}
