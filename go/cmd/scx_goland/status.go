package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/scxstats"
	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
	"github.com/spf13/cobra"
)

// pins is where the library pins schedulers, each in a folder of its name.
const pins = "/sys/fs/bpf/scxbridge"

// status is what the machine says of its schedulers. Its JSON is for programs.
type status struct {
	Supported bool   `json:"sched_ext"`
	State     string `json:"state"`
	Active    string `json:"active"`     // the active scheduler's name, whoever started it
	EnableSeq string `json:"enable_seq"` // how many there were since boot
	Name      string `json:"name"`       // the one that the configuration means
	Pinned    bool   `json:"pinned"`
	Pin       string `json:"pin"`

	Agent      *scxstats.Top `json:"agent,omitempty"` // what the running agent says, if it was started with --scx-stats
	AgentFault string        `json:"agent_fault,omitempty"`

	// Kubernetes is what a companion told the running agent, if one did.
	Kubernetes      *agentsocket.KubernetesAnswer `json:"kubernetes,omitempty"`
	KubernetesFault string                        `json:"kubernetes_fault,omitempty"`
}

func (a *agent) statusCommand() *cobra.Command {
	c := &cobra.Command{Use: "status", Short: "tell which scheduler is active, also one of others, and what is pinned", Args: noArgs}
	withName(c.Flags())
	asJSON := c.Flags().Bool("json", false, "print JSON")
	alive := c.Flags().Bool("alive", false, "only ask the running agent of this name whether it makes rounds: exit code 1 if not")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *alive {
			return a.askAlive(c.Context(), a.nameOf(c.Flags()))
		}
		s := a.status(a.nameOf(c.Flags()))
		var err error
		if s.Kubernetes, err = a.askKubernetes(s.Name, agentsocket.KubernetesRequest{Counts: *asJSON}); err != nil {
			s.KubernetesFault = err.Error()
		}
		if err := a.print(s, *asJSON); err != nil {
			return fmt.Errorf("print the status: %w", err)
		}
		if s.Active == "" && !s.Pinned {
			return exitCode(exitInactive)
		}
		return nil
	}
	return c
}

func (a *agent) status(name string) status {
	of := func(file string) string { return strings.TrimSpace(a.read("sys/kernel/sched_ext/" + file)) }
	s := status{State: of("state"), Active: of("root/ops"), EnableSeq: of("enable_seq"), Name: name}
	s.Supported = s.State != ""
	s.Pin = filepath.Join(pins, name)
	// The link is what keeps it.
	_, err := os.Stat(filepath.Join(a.root, s.Pin, "link"))
	s.Pinned = err == nil
	if _, err := os.Stat(a.statsSocket()); err == nil {
		if s.Agent, err = a.askAgent(); err != nil {
			s.AgentFault = err.Error()
		}
	}
	return s
}

func (a *agent) print(s status, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(a.stdout).Encode(s)
	}
	var b strings.Builder
	switch {
	case !s.Supported:
		b.WriteString("scheduler: none; this kernel has no sched_ext\n")
	case s.Active == "":
		fmt.Fprintf(&b, "scheduler: none; sched_ext is %s\n", s.State)
	default:
		fmt.Fprintf(&b, "scheduler: %s, %s, number %s since boot\n", s.Active, s.State, s.EnableSeq)
	}
	if s.Pinned {
		fmt.Fprintf(&b, "pinned:    %s, in %s\n", s.Name, s.Pin)
	} else {
		fmt.Fprintf(&b, "pinned:    no scheduler %q\n", s.Name)
	}
	if s.AgentFault != "" {
		fmt.Fprintf(&b, "agent:     %s\n", s.AgentFault)
	}
	if t := s.Agent; t != nil {
		fmt.Fprintf(&b, "agent:     process %d, policy %s, for %v\n", t.PID, t.Policy, time.Duration(t.UptimeS)*time.Second)
		b.WriteString(sums(&t.Stats, false))
		if t.LastError != "" {
			fmt.Fprintf(&b, "error:     %s (%d so far)\n", t.LastError, t.Errors)
		}
	}
	if s.Kubernetes != nil {
		b.WriteString(kubernetesStatus(s.Kubernetes))
	}
	if s.KubernetesFault != "" {
		fmt.Fprintf(&b, "kubernetes: %s\n", s.KubernetesFault)
	}
	_, err := fmt.Fprint(a.stdout, b.String())
	return err
}

// askAgent asks the running agent for its statistics.
func (a *agent) askAgent() (*scxstats.Top, error) {
	c, err := scxstats.Dial(a.statsSocket(), agentTimeout)
	if err != nil {
		return nil, fmt.Errorf("ask the running agent: %w", err)
	}
	defer c.Close()
	t, err := c.Top()
	if err != nil {
		return nil, fmt.Errorf("ask the running agent at %s: %w", a.statsSocket(), err)
	}
	return t, nil
}
