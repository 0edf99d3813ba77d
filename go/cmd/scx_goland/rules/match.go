package rules

import "slices"

// Fit is a rule that fits a task.
type Fit struct {
	Rule *Rule
	// Ancestor is the process whose name or command line it is, if not the task's own.
	Ancestor *Process
	// Err is why its condition could not be evaluated: then the rule does not match.
	Err error
}

// First returns the number of the first rule that matches, or -1.
func (s *Set) First(t *Subject) int {
	own := s.ofProcess(t.Process)
	for i, r := range s.Rules {
		if !own.has(i, r.Children) || !r.matchesTask(t) {
			continue
		}
		if r.condition == nil {
			return i
		}
		if is, err := r.condition.holds(t); err == nil && is {
			return i
		}
	}
	return -1
}

// All returns the rules that match, the first one first. Those whose condition failed are among them, with the error.
func (s *Set) All(t *Subject) []Fit {
	if s == nil {
		return nil
	}
	own := s.ofProcess(t.Process)
	var fits []Fit
	for i, r := range s.Rules {
		if !own.has(i, r.Children) || !r.matchesTask(t) {
			continue
		}
		fit := Fit{Rule: r}
		if r.condition != nil {
			var is bool
			if is, fit.Err = r.condition.holds(t); fit.Err == nil && !is {
				continue
			}
		}
		for p := t.Process; p != nil && !r.matchesProcess(p); p = p.Parent {
			fit.Ancestor = p.Parent
		}
		fits = append(fits, fit)
	}
	return fits
}

// matched are the rules whose name and command line a process has, itself or by an ancestor.
type matched struct {
	set        *Set
	own, above []uint64 // bits; above is nil without parents
}

func (m *matched) has(rule int, children bool) bool {
	bit := uint64(1) << (rule % 64)
	return m.own[rule/64]&bit != 0 || children && m.above != nil && m.above[rule/64]&bit != 0
}

// ofProcess finds out, once for each process, which rules its name and command line fit.
func (s *Set) ofProcess(p *Process) *matched {
	m := &p.matched
	if m.set == s {
		return m
	}
	*m = matched{set: s, own: make([]uint64, (len(s.Rules)+63)/64)}
	for i, r := range s.Rules {
		if r.matchesProcess(p) {
			m.own[i/64] |= 1 << (i % 64)
		}
	}
	if p.Parent != nil {
		parent := s.ofProcess(p.Parent)
		m.above = slices.Clone(parent.own)
		for i := range parent.above {
			m.above[i] |= parent.above[i]
		}
	}
	return m
}

func (r *Rule) matchesProcess(p *Process) bool {
	m := &r.Match
	return (m.Comm == nil || matchAny(m.Comm, p.Comm)) && (m.Cmdline == nil || matchAny(m.Cmdline, p.Cmdline))
}

func (r *Rule) matchesTask(t *Subject) bool {
	m, g := &r.Match, t.Group
	o := &g.Owner
	is := func(patterns []Pattern, texts ...string) bool {
		return patterns == nil || slices.ContainsFunc(texts, func(text string) bool { return text != "" && matchAny(patterns, text) })
	}
	return is(m.Thread, t.Thread) &&
		(m.UIDs == nil || slices.Contains(m.UIDs, t.Process.UID)) &&
		is(m.Cgroup, g.Path) &&
		is(m.Unit, o.Unit, o.UserUnit) &&
		is(m.PodUID, o.PodUID) &&
		is(m.QoS, string(o.QoS)) &&
		is(m.Runtime, string(o.Runtime)) &&
		is(m.Contains, o.ContainerID, g.Pod.Containers[o.ContainerID]) &&
		is(m.Namespace, g.Pod.Namespace) &&
		is(m.Pod, g.Pod.Name) &&
		m.hasLabels(g.Pod.Labels)
}

func (m *Match) hasLabels(labels map[string]string) bool {
	for _, l := range m.Labels {
		value, is := labels[l.Key]
		if !is || !matchAny(l.Values, value) {
			return false
		}
	}
	return true
}
