// Package control is how commands ask the running agent for something: a Unix socket that only the agent's owner may
// use. A client sends one line of JSON, perhaps with an open file, and gets one line back when it is done. To close the
// connection before is to take the request back.
package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/scxbridge/scxbridge/go/trace"
)

// Folder is where the sockets are.
const Folder = "/run/scx_goland"

// SocketOf is the socket of the agent of the scheduler with this name, below the root of the file system.
func SocketOf(root, name string) string { return filepath.Join(root, Folder, name+".control") }

// Request is what a client asks for.
type Request struct {
	// Command is "trace", the only one: take a trace, and write it to the file that comes with the request.
	Command string `json:"command"`
	// Seconds is how long.
	Seconds float64 `json:"seconds"`
	// Buffer is how many records have room until they are written; 0: the default.
	Buffer int `json:"buffer,omitempty"`
}

// Response is the agent's answer.
type Response struct {
	// Error says why the request was refused or failed.
	Error string `json:"error,omitempty"`
	// Trace is what the trace holds.
	Trace *trace.Summary `json:"trace,omitempty"`
}

// Limits.
const (
	maxLine    = 4096
	maxSeconds = 86400
	// A client must have said what it wants by then.
	patience = 5 * time.Second
)

// parseRequest reads a request without its line break, and checks it.
func parseRequest(line []byte) (Request, error) {
	var r Request
	if err := strict(line, &r); err != nil {
		return Request{}, fmt.Errorf("the request is not understood: %w", err)
	}
	if err := r.Check(); err != nil {
		return Request{}, err
	}
	return r, nil
}

// Check says what is wrong with a request. What it says of a field begins with the field's name.
func (r *Request) Check() error {
	switch {
	case r.Command != "trace":
		return fmt.Errorf("no command %q is known", r.Command)
	case !(r.Seconds > 0 && r.Seconds <= maxSeconds):
		return fmt.Errorf("seconds is more than 0 and at most %d, not %v", maxSeconds, r.Seconds)
	case r.Buffer != 0 && !trace.ValidRecords(r.Buffer):
		return fmt.Errorf("buffer is a power of two from %d to %d, not %d", trace.MinRecords, trace.MaxRecords, r.Buffer)
	}
	return nil
}

// For is Seconds as a time.
func (r *Request) For() time.Duration { return time.Duration(r.Seconds * float64(time.Second)) }

// strict refuses fields that it does not know: an older agent must not do half of what was asked.
func strict(line []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("something follows it")
	}
	return nil
}
