package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// MaxRules is how many rules there can be.
const MaxRules = 4096

// Rule is one entry of the configuration.
type Rule struct {
	Name string
	Line int // in the file
	// Policy is the SchedulingPolicy that it is from, whose name its own begins with; empty: the configuration's file.
	Policy string
	// Children lets Comm and Cmdline be those of an ancestor.
	Children bool
	Match    Match
	// When is a condition in CEL, or empty.
	When    string
	Effects Effects

	condition *condition
	fields    []field // of Match
}

// Match is what a task must have to be matched: all that is set. Of each list one pattern suffices.
type Match struct {
	Comm     []Pattern // the process's name
	Thread   []Pattern // the thread's own name
	Cmdline  []Pattern
	UIDs     []uint32 // effective
	Users    []string // as the configuration writes UIDs
	Cgroup   []Pattern
	Unit     []Pattern
	PodUID   []Pattern
	QoS      []Pattern
	Runtime  []Pattern
	Contains []Pattern // the container's id or name

	// These need someone who knows pods: see [Pods].
	Namespace []Pattern
	Pod       []Pattern // its name
	Labels    []Label
}

// Label is a label that a pod must have, with a value that matches.
type Label struct {
	Key    string
	Values []Pattern
}

// field is a list of patterns by its key in the configuration.
type field struct {
	key      string
	patterns *[]Pattern
	syntax   syntax
}

// fields are all lists of patterns; one source for who parses, compares and prints.
func (m *Match) fields() []field {
	return []field{
		{"comm", &m.Comm, words},
		{"thread", &m.Thread, words},
		{"cmdline", &m.Cmdline, words},
		{"cmdline-regexp", &m.Cmdline, expression},
		{"cgroup", &m.Cgroup, below},
		{"unit", &m.Unit, words},
		{"pod-uid", &m.PodUID, words},
		{"qos", &m.QoS, words},
		{"runtime", &m.Runtime, words},
		{"container", &m.Contains, words},
		{"namespace", &m.Namespace, words},
		{"pod", &m.Pod, words},
	}
}

// needsPods reports whether a path alone can't tell whether it matches.
func (m *Match) needsPods() bool {
	return len(m.Namespace)+len(m.Pod)+len(m.Labels) > 0
}

// Preemption says whom a task may preempt.
type Preemption uint8

// The ways to preempt.
const (
	PreemptUnset Preemption = iota
	PreemptNever
	PreemptLater
	PreemptAlways
)

var preemptions = []string{PreemptUnset: "", PreemptNever: "never", PreemptLater: "later", PreemptAlways: "always"}

// Class is a task's place in order beside others.
type Class uint8

// The classes.
const (
	ClassUnset Class = iota
	ClassUrgent
	ClassNormal
	ClassBatch
)

var classes = []string{ClassUnset: "", ClassUrgent: "urgent", ClassNormal: "normal", ClassBatch: "batch"}

// ClassShift is by how much a class moves a task in order, in virtual time: so far ahead or behind of its fair place, and no
// further.
const ClassShift = 100 * time.Millisecond

func (c Class) shift() int64 {
	switch c {
	case ClassUrgent:
		return -int64(ClassShift)
	case ClassBatch:
		return int64(ClassShift)
	}
	return 0
}

// Effects are what a rule does. The zero value does nothing.
type Effects struct {
	Weight  int           // 100 changes nothing; 0: unset
	Slice   time.Duration // 0: unset
	Domain  int           // its number + 1; 0: unset
	Preempt Preemption
	Lease   *time.Duration // 0: none
	Class   Class
	Latency time.Duration // 0: unset
	Kernel  bool          // leave the task to the kernel side
}

// list returns the effects as the configuration writes them.
func (e *Effects) list() []string {
	var texts []string
	add := func(is bool, key string, value any) {
		if is {
			texts = append(texts, fmt.Sprintf("%s: %v", key, value))
		}
	}
	add(e.Weight != 0, "weight", e.Weight)
	add(e.Slice != 0, "slice", e.Slice)
	add(e.Domain != 0, "domain", e.Domain-1)
	add(e.Preempt != 0, "preempt", preemptions[e.Preempt])
	if e.Lease != nil {
		add(true, "lease", *e.Lease)
	}
	add(e.Class != 0, "class", classes[e.Class])
	add(e.Latency != 0, "latency", e.Latency)
	add(e.Kernel, "leave-to-kernel", e.Kernel)
	return texts
}

// String returns the effects on one line.
func (e *Effects) String() string { return strings.Join(e.list(), ", ") }

// both returns the keys of the effects that both set, to different values.
func (e *Effects) both(other *Effects) []string {
	var keys []string
	mine, theirs := e.list(), other.list()
	for _, text := range mine {
		key, _, _ := strings.Cut(text, ": ")
		if slices.ContainsFunc(theirs, func(t string) bool { return t != text && strings.HasPrefix(t, key+": ") }) {
			keys = append(keys, key)
		}
	}
	return keys
}

// Set is a list of rules. The first that matches a task decides all about it. It is never changed.
type Set struct {
	Rules []*Rule

	text  string // to compare
	needs needs
}

// needs are what must be read to match.
type needs struct{ process, cmdline, uid, group bool }

// Len returns how many rules there are; a nil Set has none.
func (s *Set) Len() int {
	if s == nil {
		return 0
	}
	return len(s.Rules)
}

// Equal reports whether two sets say the same.
func (s *Set) Equal(other *Set) bool {
	if s.Len() == 0 || other.Len() == 0 {
		return s.Len() == other.Len()
	}
	return s.text == other.text
}

// Place says where the rule is: "line 3", or "policy web".
func (r *Rule) Place() string {
	if r.Policy != "" {
		return "policy " + r.Policy
	}
	return fmt.Sprintf("line %d", r.Line)
}

// NeedsPods reports whether what is known of pods can decide about a rule.
func (s *Set) NeedsPods() bool {
	return s != nil && slices.ContainsFunc(s.Rules, func(r *Rule) bool {
		return r.condition != nil || r.Match.needsPods() || len(r.Match.Contains) > 0
	})
}

func (s *Set) findNeeds() {
	for _, r := range s.Rules {
		m := &r.Match
		all := r.condition != nil
		s.needs.cmdline = s.needs.cmdline || all || len(m.Cmdline) > 0
		s.needs.uid = s.needs.uid || all || len(m.UIDs) > 0
		s.needs.process = s.needs.process || all || len(m.Comm) > 0
		group := len(m.Cgroup) + len(m.Unit) + len(m.PodUID) + len(m.QoS) + len(m.Runtime) + len(m.Contains)
		s.needs.group = s.needs.group || all || group > 0 || m.needsPods()
	}
	s.needs.process = s.needs.process || s.needs.cmdline || s.needs.uid
}
