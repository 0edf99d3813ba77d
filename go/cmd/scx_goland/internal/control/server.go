package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/listen"
)

// Handler does what a request asks for, into the file, which it does not close, until ctx is done: then the client or the
// agent has ended. file is nil if none came.
type Handler func(ctx context.Context, r Request, file *os.File) Response

// Server answers requests.
type Server struct {
	listener net.Listener
	handle   Handler
	patience time.Duration // for a request to come, and for an answer to be taken
	cancel   context.CancelFunc
	ctx      context.Context
	wg       sync.WaitGroup
}

// Listen serves at path, until Close. A socket that is there is taken over: that of an agent that has ended, or that this
// one takes the scheduler over from.
func Listen(path string, handle Handler) (*Server, error) { return listenFor(patience, path, handle) }

func listenFor(patience time.Duration, path string, handle Handler) (*Server, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("make the folder of the control socket: %w", err)
	}
	listener, err := listen.TakeOver(path)
	if err != nil {
		return nil, fmt.Errorf("listen on the control socket %s: %w", path, err)
	}
	s := &Server{listener: listener, handle: handle, patience: patience}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.wg.Add(1)
	go s.accept()
	return s, nil
}

// Close ends all requests, and waits for that. It removes the socket, unless another agent has it now.
func (s *Server) Close() {
	s.cancel()
	_ = s.listener.Close()
	s.wg.Wait()
}

func (s *Server) accept() {
	defer s.wg.Done()
	for {
		c, err := s.listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // no descriptor is left, for example
			select {
			case <-s.ctx.Done():
				return
			case <-time.After(100 * time.Millisecond):
			}
			continue
		}
		s.wg.Add(1)
		go func() {
			defer s.wg.Done()
			defer c.Close()
			s.serve(c.(*net.UnixConn))
		}()
	}
}

// serve handles a connection.
func (s *Server) serve(c *net.UnixConn) {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	_ = c.SetReadDeadline(time.Now().Add(s.patience))
	defer context.AfterFunc(s.ctx, func() { _ = c.SetReadDeadline(time.Now()) })()
	line, file, err := receive(c)
	if file != nil {
		defer file.Close()
	}
	var r Request
	if err == nil {
		r, err = parseRequest(line)
	}
	response := Response{}
	if err != nil {
		response.Error = err.Error()
	} else {
		_ = c.SetReadDeadline(time.Time{})
		// The client says nothing more: what ends this read is its end.
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			_, _ = c.Read(make([]byte, 1))
			cancel()
		}()
		response = s.handle(ctx, r, file)
		_ = c.SetReadDeadline(time.Now())
		<-gone
	}
	text, err := json.Marshal(response)
	if err == nil {
		_ = c.SetWriteDeadline(time.Now().Add(s.patience))
		_, _ = c.Write(append(text, '\n'))
	}
}

// readBytes are read at a time.
const readBytes = 1 << 16

// receive reads a line, and takes the file that comes with it.
func receive(c *net.UnixConn) (line []byte, file *os.File, err error) {
	buf, control := make([]byte, readBytes), make([]byte, syscall.CmsgSpace(4*4))
	for {
		n, oobn, flags, _, err := c.ReadMsgUnix(buf, control)
		n = max(n, 0) // a wait that ends without a message says -1
		for _, f := range filesIn(control[:oobn]) {
			if file == nil {
				file = f
			} else {
				_ = f.Close()
			}
		}
		if flags&syscall.MSG_CTRUNC != 0 {
			return nil, file, errors.New("more than one file came with the request")
		}
		if end := bytes.IndexByte(buf[:n], '\n'); end >= 0 {
			return append(line, buf[:end]...), file, nil
		}
		line = append(line, buf[:n]...)
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return nil, file, fmt.Errorf("read the request: %w", err)
		case n == 0:
			return nil, file, errors.New("the request has no end of line")
		case len(line) > maxLine:
			return nil, file, fmt.Errorf("the request is longer than %d bytes", maxLine)
		}
	}
}

func filesIn(control []byte) (files []*os.File) {
	messages, err := syscall.ParseSocketControlMessage(control)
	if err != nil {
		return nil
	}
	for i := range messages {
		fds, err := syscall.ParseUnixRights(&messages[i])
		if err != nil {
			continue
		}
		for _, fd := range fds {
			syscall.CloseOnExec(fd)
			files = append(files, os.NewFile(uintptr(fd), "the client's file"))
		}
	}
	return files
}
