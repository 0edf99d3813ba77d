package scxstats

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/seen"
)

const (
	// clientsMax is how many clients there may be. One more takes the place of the one that asked nothing for the longest time.
	clientsMax   = 16
	writeTimeout = 5 * time.Second
)

// Server answers requests until it is closed.
type Server struct {
	listener net.Listener
	view     func() seen.View
	log      *slog.Logger
	all      sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	clients map[net.Conn]time.Time // when each last asked
}

// Serve answers what comes over l.
func Serve(l net.Listener, view func() seen.View, log *slog.Logger) *Server {
	s := &Server{listener: l, view: view, log: log, clients: map[net.Conn]time.Time{}}
	s.all.Add(1)
	go s.accept()
	return s
}

// Close ends all connections.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	for c := range s.clients {
		c.Close()
	}
	s.mu.Unlock()
	err := s.listener.Close()
	s.all.Wait()
	return err
}

func (s *Server) accept() {
	defer s.all.Done()
	for {
		c, err := s.listener.Accept()
		if err != nil {
			s.mu.Lock()
			closed := s.closed
			s.mu.Unlock()
			if !closed {
				s.log.Warn("statistics are not served any more", "error", err)
			}
			return
		}
		s.admit(c)
	}
}

func (s *Server) admit(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		c.Close()
		return
	}
	if len(s.clients) >= clientsMax {
		var idlest net.Conn
		for other, asked := range s.clients {
			if idlest == nil || asked.Before(s.clients[idlest]) {
				idlest = other
			}
		}
		idlest.Close()
		delete(s.clients, idlest)
	}
	s.clients[c] = time.Now()
	s.all.Add(1)
	go s.serve(c)
}

// asks notes that a client is not idle.
func (s *Server) asks(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, is := s.clients[c]; is {
		s.clients[c] = time.Now()
	}
}

func (s *Server) serve(c net.Conn) {
	defer s.all.Done()
	defer func() {
		c.Close()
		s.mu.Lock()
		delete(s.clients, c)
		s.mu.Unlock()
	}()
	in := bufio.NewReaderSize(c, lineMax)
	for {
		line, err := readLine(in)
		if err != nil && !errors.Is(err, errLong) {
			return
		}
		s.asks(c)
		r := refusal(syscall.EMSGSIZE, errLong)
		if err == nil {
			r = s.respond(line)
		}
		text, e := json.Marshal(r)
		if e != nil {
			s.log.Warn("statistics cannot be written as JSON", "error", e)
			return
		}
		if c.SetWriteDeadline(time.Now().Add(writeTimeout)) != nil {
			return
		}
		if _, e := c.Write(append(text, '\n')); e != nil || err != nil {
			return // after a line that is too long, nobody knows where the next one begins
		}
	}
}

func (s *Server) respond(line []byte) response {
	r, err := parse(line)
	if err != nil {
		return refusal(syscall.EINVAL, err)
	}
	switch target, is := r.Args["target"]; {
	case r.Req == "stats_meta":
		return answer(meta)
	case r.Req != "stats":
		return refusal(syscall.EINVAL, fmt.Errorf("unknown request %q: there are stats and stats_meta", r.Req))
	case is && target != "top":
		return refusal(syscall.EINVAL, fmt.Errorf("unknown target %q: there is top", target))
	}
	v := s.view()
	return answer(newTop(&v))
}
