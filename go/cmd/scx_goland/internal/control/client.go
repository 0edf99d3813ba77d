package control

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
)

// Do sends a request, and returns the response. If ctx ends before, it takes the request back, and still waits for the
// response: what was done until then.
func Do(ctx context.Context, path string, r Request, file *os.File) (Response, error) {
	c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return Response{}, fmt.Errorf("ask the agent at %s: %w", path, why(err))
	}
	defer c.Close()
	text, err := json.Marshal(r)
	if err != nil {
		return Response{}, fmt.Errorf("write the request: %w", err)
	}
	var rights []byte
	if file != nil {
		rights = syscall.UnixRights(int(file.Fd()))
	}
	if _, _, err := c.WriteMsgUnix(append(text, '\n'), rights, nil); err != nil {
		return Response{}, fmt.Errorf("ask the agent at %s: %w", path, err)
	}
	defer context.AfterFunc(ctx, func() { _ = c.CloseWrite() })()
	line, err := bufio.NewReader(io.LimitReader(c, maxLine)).ReadBytes('\n')
	var response Response
	switch {
	case errors.Is(err, io.EOF):
		return Response{}, errors.New("the agent ended without an answer")
	case err != nil:
		return Response{}, fmt.Errorf("read the agent's answer: %w", err)
	}
	if err := json.Unmarshal(line, &response); err != nil {
		return Response{}, fmt.Errorf("read the agent's answer: %w", err)
	}
	return response, nil
}

// why says what is wrong when nobody answers.
func why(err error) error {
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("no agent of this name runs; start it, or give its --name (%w)", err)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("only its owner may; run this as root (%w)", err)
	}
	return err
}
