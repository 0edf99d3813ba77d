package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/rules"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// explanation is what there is to say of a task. Its JSON is for programs.
type explanation struct {
	TID     int32  `json:"tid"`
	Thread  string `json:"thread"`
	PID     int32  `json:"pid"`
	Comm    string `json:"comm"`
	Cmdline string `json:"cmdline"`
	UID     uint32 `json:"uid"`

	Cgroup    string `json:"cgroup"`
	Unit      string `json:"unit,omitempty"`
	PodUID    string `json:"pod_uid,omitempty"`
	Container string `json:"container,omitempty"`
	// These only a running agent that was told of the pod knows.
	Namespace     string            `json:"namespace,omitempty"`
	Pod           string            `json:"pod,omitempty"`
	Labels        map[string]string `json:"labels,omitempty"`
	ContainerName string            `json:"container_name,omitempty"`

	Rule    *fitting  `json:"rule"` // null: none matches
	Others  []fitting `json:"others"`
	Decides string    `json:"decides"`
	Except  []string  `json:"except,omitempty"` // options that leave some tasks to the kernel side
	CPUs    string    `json:"cpus"`
	Limit   string    `json:"limit,omitempty"`

	rules int // so many there are
}

// fitting is a rule that fits.
type fitting struct {
	Name    string `json:"name"`
	Line    int    `json:"line,omitempty"`
	Policy  string `json:"policy,omitempty"` // that the rule is from, instead of a line of the file
	By      string `json:"by,omitempty"`     // the ancestor
	Effects string `json:"effects"`
	Error   string `json:"error,omitempty"`

	place string
}

func (a *agent) explainCommand() *cobra.Command {
	c := &cobra.Command{Use: "explain PID [options]", Short: "tell which rule a task has, what else would match, and who schedules it"}
	new(config).defineWith(a.defaults, c.Flags())
	asJSON := c.Flags().Bool("json", false, "print JSON")
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError{errors.New("explain: give one id of a process or a thread")}
		}
		tid, err := strconv.ParseInt(args[0], 10, 32)
		if err != nil || tid <= 0 {
			return usageError{fmt.Errorf("explain: %q is no id of a process or a thread", args[0])}
		}
		config, err := a.load(given(c.Flags()))
		if err != nil {
			return err
		}
		e, err := a.explainTask(config, int32(tid))
		if err != nil {
			return fmt.Errorf("explain: %w", err)
		}
		if *asJSON {
			err = json.NewEncoder(a.stdout).Encode(e)
		} else {
			_, err = fmt.Fprint(a.stdout, e.text())
		}
		if err != nil {
			return fmt.Errorf("print the explanation: %w", err)
		}
		return nil
	}
	return c
}

func (a *agent) explainTask(c *config, tid int32) (*explanation, error) {
	node, merged := a.nodeRules(c)
	t, err := rules.NewMatcher(a.root, node).Task(tid)
	if err != nil {
		return nil, err
	}
	p, o := t.Process, &t.Group.Owner
	e := &explanation{
		TID: tid, Thread: t.Thread, PID: p.PID, Comm: p.Comm, Cmdline: p.Cmdline, UID: p.UID,
		Cgroup: t.Group.Path, Unit: o.Unit, PodUID: o.PodUID, Container: o.ContainerID,
		Others: []fitting{}, Decides: a.whoDecides(c, t), CPUs: t.CPUs, Limit: a.limitOf(t.Group.Path),
		Namespace: t.Group.Pod.Namespace, Pod: t.Group.Pod.Name, Labels: t.Group.Pod.Labels, ContainerName: t.Group.Pod.Containers[o.ContainerID],
		rules: merged.Set.Len(),
	}
	for name, value := range c.values() {
		if strings.HasPrefix(name, "direct-") && value == "true" {
			e.Except = append(e.Except, "with --"+name+" "+usageOf(name))
		}
	}
	slices.Sort(e.Except)
	if o.UserUnit != "" {
		e.Unit = o.UserUnit
	}
	fits := merged.Set.All(t)
	if p.Kernel {
		fits = nil // no policy sees it
	}
	for _, fit := range fits {
		f := fitting{Name: fit.Rule.Name, Policy: fit.Rule.Policy, Effects: fit.Rule.Effects.String(), place: fit.Rule.Place()}
		if f.Policy == "" {
			f.Line = fit.Rule.Line
		}
		if fit.Ancestor != nil {
			f.By = fmt.Sprintf("its ancestor %d %q", fit.Ancestor.PID, fit.Ancestor.Comm)
		}
		if fit.Err != nil {
			f.Error = fit.Err.Error()
		}
		if e.Rule == nil && fit.Err == nil {
			e.Rule = &f
		} else {
			e.Others = append(e.Others, f)
		}
	}
	return e, nil
}

// usageOf returns what an option does.
func usageOf(name string) string {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	new(config).define(flags)
	return flags.Lookup(name).Usage
}

// policies of linux/sched.h.
var schedPolicies = map[int]string{0: "SCHED_OTHER", 1: "SCHED_FIFO", 2: "SCHED_RR", 3: "SCHED_BATCH", 5: "SCHED_IDLE", 6: "SCHED_DEADLINE", 7: "SCHED_EXT"}

// whoDecides says who schedules the task at present, and why.
func (a *agent) whoDecides(c *config, t *rules.Subject) string {
	s := a.status(c.options.Name)
	name := schedPolicies[t.Policy]
	if name == "" {
		name = fmt.Sprintf("policy %d", t.Policy)
	}
	all := strings.TrimSpace(a.read("sys/kernel/sched_ext/switch_all")) == "1"
	switch {
	case s.Active == "":
		return fmt.Sprintf("the kernel's own scheduler: no scheduler of sched_ext is active (%s)", name)
	case t.Policy == 1 || t.Policy == 2 || t.Policy == 6:
		return fmt.Sprintf("the kernel: %s is above sched_ext", name)
	case !all && t.Policy != schedExt:
		return fmt.Sprintf("the kernel's own scheduler: %s schedules only SCHED_EXT, this is %s", s.Active, name)
	case s.Active != c.options.Name:
		return fmt.Sprintf("another scheduler, %s (%s): it has not these rules", s.Active, name)
	case t.Process.Kernel:
		return fmt.Sprintf("the kernel side of %s alone: it is a kernel thread", s.Active)
	}
	return fmt.Sprintf("%s (%s)", s.Active, name)
}

// limitOf returns the limits of CPU time of a group and of those above it.
func (a *agent) limitOf(group string) string {
	var limits []string
	for g := path.Clean("/" + group); ; g = path.Dir(g) {
		quota, period, _ := strings.Cut(strings.TrimSpace(a.read("sys/fs/cgroup"+g+"/cpu.max")), " ")
		q, err1 := strconv.ParseFloat(quota, 64)
		p, err2 := strconv.ParseFloat(period, 64)
		if err1 == nil && err2 == nil && p > 0 {
			limits = append(limits, fmt.Sprintf("%.4g CPUs, of %s", q/p, g))
		}
		if g == "/" {
			return strings.Join(limits, "; ")
		}
	}
}

func (e *explanation) text() string {
	var b strings.Builder
	line := func(key, format string, args ...any) { fmt.Fprintf(&b, "%-9s %s\n", key, fmt.Sprintf(format, args...)) }
	if e.TID == e.PID {
		line("task:", "process %d %q, user %d", e.PID, e.Comm, e.UID)
	} else {
		line("task:", "thread %d %q of process %d %q, user %d", e.TID, e.Thread, e.PID, e.Comm, e.UID)
	}
	if e.Cmdline != "" {
		line("", "%q", e.Cmdline)
	}
	line("cgroup:", "%s", e.Cgroup)
	pod, container := e.PodUID, e.Container
	if e.Pod != "" {
		pod = fmt.Sprintf("%s/%s, %s", e.Namespace, e.Pod, e.PodUID)
	}
	if e.ContainerName != "" {
		container = fmt.Sprintf("%s, %s", e.ContainerName, e.Container)
	}
	for _, of := range []struct{ key, value string }{{"unit", e.Unit}, {"pod", pod}, {"labels", labelsOf(e.Labels)}, {"container", container}} {
		if of.value != "" {
			line("", "%s %s", of.key, of.value)
		}
	}
	told := func(key string, f *fitting) {
		text := f.Name + ", " + f.place
		if f.By != "" {
			text += ", by " + f.By
		}
		line(key, "%s", text)
		if f.Error != "" {
			line("", "its condition failed, so it does not match: %s", f.Error)
		} else {
			line("", "%s", f.Effects)
		}
	}
	if e.Rule != nil {
		told("rule:", e.Rule)
	} else {
		line("rule:", "none of %d", e.rules)
	}
	for i := range e.Others {
		key := ""
		if i == 0 {
			key = "also:"
		}
		told(key, &e.Others[i])
	}
	line("decides:", "%s", e.Decides)
	for _, text := range e.Except {
		line("", "%s", text)
	}
	if e.CPUs != "" {
		line("CPUs:", "%s", e.CPUs)
	}
	if e.Limit != "" {
		line("limit:", "%s", e.Limit)
	}
	return b.String()
}

// labelsOf writes labels as kubectl does.
func labelsOf(labels map[string]string) string {
	var texts []string
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		texts = append(texts, key+"="+labels[key])
	}
	return strings.Join(texts, ",")
}
