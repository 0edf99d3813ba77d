package scxstats

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// answerMax is the longest answer that a client takes.
const answerMax = 4 << 20

// Client asks a server.
type Client struct {
	conn    net.Conn
	in      *bufio.Reader
	timeout time.Duration
}

// Dial connects to the server at path.
func Dial(path string, timeout time.Duration) (*Client, error) {
	conn, err := net.DialTimeout("unix", path, timeout)
	if err != nil {
		return nil, err
	}
	return &Client{conn, bufio.NewReader(conn), timeout}, nil
}

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }

// ErrForeign means that another scheduler than scx_goland serves there.
var ErrForeign = errors.New("the statistics there are not of scx_goland")

// Top asks for the statistics.
func (c *Client) Top() (*Top, error) {
	if err := c.conn.SetDeadline(time.Now().Add(c.timeout)); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(c.conn, `{"req":"stats"}`+"\n"); err != nil {
		return nil, err
	}
	line, err := c.line()
	if err != nil {
		return nil, err
	}
	var r struct {
		Errno int
		Args  struct{ Resp json.RawMessage }
	}
	if err := json.Unmarshal(line, &r); err != nil {
		return nil, fmt.Errorf("the answer is none of scx_stats' protocol: %w", err)
	}
	if r.Errno != 0 {
		return nil, fmt.Errorf("the server refuses, errno %d: %s", r.Errno, r.Args.Resp)
	}
	var ours struct{ Scheduler, Policy, Queued json.RawMessage }
	if json.Unmarshal(r.Args.Resp, &ours) != nil || ours.Scheduler == nil || ours.Policy == nil || ours.Queued == nil {
		return nil, ErrForeign
	}
	var t Top
	if err := json.Unmarshal(r.Args.Resp, &t); err != nil {
		return nil, fmt.Errorf("the statistics are of another version of scx_goland: %w", err)
	}
	return &t, nil
}

func (c *Client) line() ([]byte, error) {
	var line []byte
	for {
		part, err := c.in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > answerMax:
			return nil, fmt.Errorf("the answer is longer than %d bytes", answerMax)
		case err == nil:
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}
