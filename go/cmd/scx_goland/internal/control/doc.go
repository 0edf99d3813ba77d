// Package control is how commands ask the running agent for something: a Unix socket that only the agent's owner may
// use. A client sends one line of JSON, perhaps with an open file, and gets one line back when it is done. To close the
// connection before is to take the request back.
package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
	"github.com/scxbridge/scxbridge/go/trace"
)

// Request is what a client asks for.
type Request struct {
	// Command is "trace": take a trace, and write it to the file that comes with the request. Or it is [Alive], or
	// [agentsocket.Kubernetes].
	Command string `json:"command"`
	// Seconds is how long to trace.
	Seconds float64 `json:"seconds,omitempty"`
	// Buffer is how many records have room until they are written; 0: the default.
	Buffer int `json:"buffer,omitempty"`
	// Kubernetes goes with that command.
	Kubernetes *agentsocket.KubernetesRequest `json:"kubernetes,omitempty"`
}

// Alive is the command that asks for a sign of life: the answer comes after the next round.
const Alive = "alive"

// Response is the agent's answer.
type Response struct {
	// Error says why the request was refused or failed.
	Error string `json:"error,omitempty"`
	// Trace is what the trace holds.
	Trace *trace.Summary `json:"trace,omitempty"`
	// Kubernetes is what the agent has in force.
	Kubernetes *agentsocket.KubernetesAnswer `json:"kubernetes,omitempty"`
}

// Limits.
const (
	maxLine    = agentsocket.MaxLine
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
	switch r.Command {
	case "trace":
		return r.checkTrace()
	case agentsocket.Kubernetes:
		return r.checkKubernetes()
	case Alive:
		if r.Seconds != 0 || r.Buffer != 0 || r.Kubernetes != nil {
			return errors.New("nothing goes with the command alive")
		}
		return nil
	}
	return fmt.Errorf("no command %q is known", r.Command)
}

func (r *Request) checkTrace() error {
	switch {
	case r.Kubernetes != nil:
		return errors.New("kubernetes goes with the command of that name only")
	case !(r.Seconds > 0 && r.Seconds <= maxSeconds):
		return fmt.Errorf("seconds is more than 0 and at most %d, not %v", maxSeconds, r.Seconds)
	case r.Buffer != 0 && !trace.ValidRecords(r.Buffer):
		return fmt.Errorf("buffer is a power of two from %d to %d, not %d", trace.MinRecords, trace.MaxRecords, r.Buffer)
	}
	return nil
}

// checkKubernetes checks what has no other place to be refused: what is wrong with a policy is told of that policy.
func (r *Request) checkKubernetes() error {
	switch {
	case r.Seconds != 0 || r.Buffer != 0:
		return errors.New("seconds and buffer go with the command trace only")
	case r.Kubernetes == nil:
		return errors.New("kubernetes is missing")
	case r.Kubernetes.State == nil:
		return nil
	}
	s := r.Kubernetes.State
	switch {
	case s.Version == "":
		return errors.New("kubernetes.state.version is empty")
	case len(s.Pods) > agentsocket.MaxPods:
		return fmt.Errorf("kubernetes.state.pods are %d, more than %d", len(s.Pods), agentsocket.MaxPods)
	case len(s.Policies) > agentsocket.MaxPolicies:
		return fmt.Errorf("kubernetes.state.policies are %d, more than %d", len(s.Policies), agentsocket.MaxPolicies)
	}
	seen := map[string]bool{}
	for _, p := range s.Policies {
		if p.Name == "" || seen[p.Name] {
			return fmt.Errorf("kubernetes.state.policies: each needs a name of its own, unlike %q", p.Name)
		}
		seen[p.Name] = true
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
