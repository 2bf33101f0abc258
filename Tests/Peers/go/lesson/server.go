package lesson

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"google.golang.org/grpc"
)

// Server holds the options of every server.
type Server struct {
	Host  *string
	Port  *int
	Grace *time.Duration
}

// ServerOptions adds --host, --port and --grace.
func ServerOptions(a *Arguments) Server {
	return Server{Host: a.Text("host", "127.0.0.1"), Port: a.Port("port", "50051"), Grace: a.Duration("grace", "5s")}
}

// Listen takes the port and says so; a taken port is one line and status 1.
func (s Server) Listen() net.Listener {
	*s.Host = strings.Trim(*s.Host, "[]")
	address := net.JoinHostPort(*s.Host, strconv.Itoa(*s.Port))
	listener, err := net.Listen("tcp", address)
	if err != nil {
		Note("cannot listen on %s: the port is taken or not allowed", address)
		os.Exit(1)
	}
	*s.Port = listener.Addr().(*net.TCPAddr).Port
	return listener
}

// Address is where the server listens, as HOST:PORT.
func (s Server) Address() string { return net.JoinHostPort(*s.Host, strconv.Itoa(*s.Port)) }

// Serve serves until Ctrl-C or SIGTERM, lets calls finish for the grace period,
// and ends the rest.
func (s Server) Serve(server *grpc.Server, listener net.Listener) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		if err := server.Serve(listener); err != nil {
			Note("%v", err)
			os.Exit(1)
		}
	}()
	fmt.Printf("listening on %s\n", s.Address())
	<-signals
	go func() { // a second signal ends it at once
		<-signals
		os.Exit(130)
	}()
	stopped := make(chan struct{})
	go func() {
		server.GracefulStop()
		close(stopped)
	}()
	select {
	case <-stopped:
	case <-time.After(*s.Grace):
		go server.Stop() // closes the connections: clients see UNAVAILABLE
		time.Sleep(100 * time.Millisecond)
	}
	os.Exit(0)
}
