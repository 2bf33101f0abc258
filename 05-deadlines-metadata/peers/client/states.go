package main

import (
	"context"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
)

// states follows a channel's connectivity; short states may be missed.
type states struct {
	mutex sync.Mutex
	seen  []string
	tell  func(string)
}

func newStates(connection *grpc.ClientConn) *states {
	s := &states{seen: []string{"IDLE"}} // where every channel begins
	go func() {
		for state := connection.GetState(); ; state = connection.GetState() {
			s.add(state.String())
			connection.WaitForStateChange(context.Background(), state)
		}
	}()
	return s
}

func (s *states) add(name string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.seen[len(s.seen)-1] == name {
		return
	}
	s.seen = append(s.seen, name)
	if s.tell != nil {
		s.tell("state " + name)
	}
}

// until waits a little for a state, and returns all that were seen.
func (s *states) until(name string) string {
	for i := 0; i < 200; i++ {
		s.mutex.Lock()
		names, last := strings.Join(s.seen, ", "), s.seen[len(s.seen)-1]
		s.mutex.Unlock()
		if last == name || i == 199 {
			return names
		}
		time.Sleep(10 * time.Millisecond)
	}
	return ""
}

func (s *states) report(tell func(string)) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.tell = tell
}
