package main

import (
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"lessons/chat"
)

const (
	historyLength = 20
	longestLine   = 4096
	longestName   = 32
	mostWaiting   = 256             // events that may wait for a member that does not read,
	mostAtOnce    = 4096            // and for one that does: hundreds who enter at once are no fault of its
	patience      = 2 * time.Second // after which a Send that has not returned says that nobody reads
	mostUnsent    = 64
)

// member is one call: a name, once it has given one, and the events that wait for it.
type member struct {
	sendingSince int64 // when the Send began that has not returned, in nanoseconds; 0 when none is under way
	name         string
	waiting      chan *chat.Event
	unsent       chan struct{} // its own acknowledgements that wait: who does not read stops speaking
	watched      int32         // 1 while a look at it is due
	tooSlow      chan struct{} // closed once
	drop         sync.Once
}

// chatRoom is who is here, and what was said. Every call runs in goroutines of its
// own, so a mutex guards it.
type chatRoom struct {
	mutex   sync.Mutex
	members map[*member]bool
	history []*chat.Line
	lines   uint64
}

func (r *chatRoom) enter() *member {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	welcome := &chat.Welcome{History: append([]*chat.Line(nil), r.history...)}
	for other := range r.members {
		if other.name != "" {
			welcome.Members = append(welcome.Members, other.name)
		}
	}
	sort.Strings(welcome.Members)
	m := &member{waiting: make(chan *chat.Event, mostAtOnce),
		unsent: make(chan struct{}, mostUnsent), tooSlow: make(chan struct{})}
	m.hear(&chat.Event{Kind: &chat.Event_Welcome{Welcome: welcome}})
	r.members[m] = true
	return m
}

// say takes a message, and tells whether it was a line, which is now acknowledged.
func (r *chatRoom) say(m *member, say *chat.Say) (bool, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if m.name == "" {
		if err := r.introduce(m, say.Name); err != nil || say.Text == "" {
			return false, err
		}
	}
	switch {
	case say.Text == "":
		return false, status.Error(codes.InvalidArgument, "a line is empty")
	case len(say.Text) > longestLine || strings.Contains(say.Text, "\n"):
		return false, status.Errorf(codes.InvalidArgument, "a line has at most %d bytes and no line break", longestLine)
	}
	r.lines++
	line := &chat.Line{Number: r.lines, Name: m.name, Text: say.Text}
	r.history = append(r.history, line)
	if len(r.history) > historyLength {
		r.history = r.history[1:]
	}
	r.tell(&chat.Event{Kind: &chat.Event_Line{Line: line}}, m)
	m.hear(&chat.Event{Kind: &chat.Event_Acknowledged{Acknowledged: line.Number}})
	return true, nil
}

func (r *chatRoom) introduce(m *member, name string) error {
	if name == "" {
		return status.Error(codes.InvalidArgument, "the first message must give a name")
	}
	if utf8.RuneCountInString(name) > longestName || strings.IndexFunc(name, unicode.IsControl) >= 0 {
		return status.Errorf(codes.InvalidArgument, "a name has 1 to %d characters, none a control character", longestName)
	}
	for other := range r.members {
		if other.name == name {
			return status.Errorf(codes.AlreadyExists, "%s is already in the room", name)
		}
	}
	m.name = name
	r.tell(&chat.Event{Kind: &chat.Event_Joined{Joined: name}}, nil)
	return nil
}

// leave lets a member go; nothing happens when it has left already.
func (r *chatRoom) leave(m *member) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if !r.members[m] {
		return
	}
	delete(r.members, m)
	if m.name != "" {
		r.tell(&chat.Event{Kind: &chat.Event_Left{Left: m.name}}, nil)
	}
}

func (r *chatRoom) nameOf(m *member) string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if m.name == "" {
		return "a listener"
	}
	return m.name
}

func (r *chatRoom) tell(event *chat.Event, except *member) {
	for m := range r.members {
		if m != except {
			m.hear(event)
		}
	}
}

// hear never waits: a member that does not read must not hold the room.
func (m *member) hear(event *chat.Event) {
	select {
	case m.waiting <- event:
		if len(m.waiting) >= mostWaiting {
			m.lookLater()
		}
	default:
		m.end()
	}
}

func (m *member) lookLater() {
	if atomic.CompareAndSwapInt32(&m.watched, 0, 1) {
		time.AfterFunc(patience, m.look)
	}
}

// look drops a member whose client has stopped reading: grpc-go tells only that Send does not return.
func (m *member) look() {
	atomic.StoreInt32(&m.watched, 0)
	since := atomic.LoadInt64(&m.sendingSince)
	select {
	case <-m.tooSlow:
	default:
		if len(m.waiting) < mostWaiting {
			return
		}
		if since != 0 && time.Since(time.Unix(0, since)) > patience {
			m.end()
		} else {
			m.lookLater()
		}
	}
}

// end stops what is said to the member, and all watching.
func (m *member) end() { m.drop.Do(func() { close(m.tooSlow) }) }

// send hands one event to the client, and waits for as long as it does not read.
func (m *member) send(stream chat.Room_JoinServer, event *chat.Event) error {
	atomic.StoreInt64(&m.sendingSince, time.Now().UnixNano())
	defer atomic.StoreInt64(&m.sendingSince, 0)
	return stream.Send(event)
}
