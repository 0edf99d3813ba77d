//go:build unix

package agentsocket

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// patience is how long an answer may take after its request was taken back.
const patience = 5 * time.Second

// Exchange sends a request, which an open file may go with, and reads the response. If ctx ends before, it takes the request
// back, and still waits for the response: what was done until then.
func Exchange(ctx context.Context, path string, request any, file *os.File, response any) error {
	text, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("write the request: %w", err)
	}
	if len(text) >= MaxLine {
		return fmt.Errorf("write the request: it has %d bytes, the agent takes fewer than %d", len(text), MaxLine)
	}
	c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return fmt.Errorf("ask the agent at %s: %w", path, why(err))
	}
	defer c.Close()
	if end, is := ctx.Deadline(); is {
		_ = c.SetDeadline(end.Add(patience))
	}
	if err := send(c, append(text, '\n'), file); err != nil {
		return fmt.Errorf("ask the agent at %s: %w", path, err)
	}
	defer context.AfterFunc(ctx, func() { _ = c.CloseWrite() })()
	line, err := bufio.NewReader(io.LimitReader(c, MaxLine)).ReadBytes('\n')
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("the agent ended without an answer")
	case err != nil:
		return fmt.Errorf("read the agent's answer: %w", err)
	}
	if err := json.Unmarshal(line, response); err != nil {
		return fmt.Errorf("read the agent's answer: %w", err)
	}
	return nil
}

// send writes a line. The file goes with its first bytes.
func send(c *net.UnixConn, line []byte, file *os.File) error {
	if file != nil {
		n, _, err := c.WriteMsgUnix(line, syscall.UnixRights(int(file.Fd())), nil)
		if err != nil {
			return err
		}
		line = line[n:]
	}
	_, err := c.Write(line)
	// An agent that refuses a request need not read it to its end, and has answered why.
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
		return nil
	}
	return err
}

// NobodyThere reports whether the error says that no agent listens.
func NobodyThere(err error) bool {
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED)
}

// why says what is wrong when nobody answers.
func why(err error) error {
	switch {
	case NobodyThere(err):
		return fmt.Errorf("no agent of this name runs; start it, or give its --name (%w)", err)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("only its owner may; run this as root (%w)", err)
	}
	return err
}
