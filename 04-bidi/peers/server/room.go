package main

import (
	"sort"
	"strings"
	"sync"
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
	mostWaiting   = 256
	mostUnsent    = 64
)

// member is one call: a name, once it has given one, and the events that wait for it.
type member struct {
	name    string
	waiting chan *chat.Event
	unsent  chan struct{} // its own acknowledgements that wait: who does not read stops speaking
	tooSlow chan struct{} // closed once
	dropped bool
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
	m := &member{waiting: make(chan *chat.Event, mostWaiting),
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
	default:
		if !m.dropped {
			m.dropped = true
			close(m.tooSlow)
		}
	}
}
