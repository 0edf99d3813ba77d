package rules

import (
	"fmt"
	"slices"
	"strings"
)

// conflictsMax bounds how many conflicts are told.
const conflictsMax = 50

// Conflicts tells what is likely a mistake, though each rule is valid: rules that can never match, and pairs that set
// the same effect of what may be the same task.
func (s *Set) Conflicts(hasPods bool) []string {
	return s.conflicts(hasPods, func(*Rule) bool { return true })
}

// ConflictsOf tells those of a policy's rules, with each other and with all that come before.
func (s *Set) ConflictsOf(policy string, hasPods bool) []string {
	return s.conflicts(hasPods, func(r *Rule) bool { return r.Policy == policy })
}

func (s *Set) conflicts(hasPods bool, asked func(*Rule) bool) []string {
	if s == nil {
		return nil
	}
	var texts []string
	more := 0
	tell := func(r *Rule, format string, args ...any) {
		if len(texts) >= conflictsMax {
			more++
			return
		}
		texts = append(texts, fmt.Sprintf("%s: rule %q: %s", r.Place(), r.Name, fmt.Sprintf(format, args...)))
	}
	for i, r := range s.Rules {
		if !asked(r) {
			continue
		}
		if r.Match.needsPods() && !hasPods {
			tell(r, "it can never match: namespace, pod and labels are known only with Kubernetes")
			continue
		}
		earlier := s.Rules[:i]
		if by := slices.IndexFunc(earlier, func(e *Rule) bool { return e.covers(r) }); by >= 0 {
			tell(r, "it can never match: rule %q in %s matches all that it does, and comes first", earlier[by].Name, earlier[by].Place())
			continue
		}
		for _, e := range earlier {
			if !e.mayMeet(r) {
				continue
			}
			if keys := e.Effects.both(&r.Effects); len(keys) > 0 {
				tell(r, "it sets %s, as rule %q in %s does for what may be the same task: there the first counts",
					strings.Join(keys, " and "), e.Name, e.Place())
			}
		}
	}
	if more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return texts
}

// covers reports whether whatever other matches, r matches as well. It says no if it can't tell.
func (r *Rule) covers(other *Rule) bool {
	if r.When != "" && r.When != other.When {
		return false
	}
	m, o := &r.Match, &other.Match
	ofProcess := m.Comm != nil || m.Cmdline != nil
	if ofProcess && other.Children && !r.Children {
		return false // children of what both match are the other's
	}
	for i := range r.fields {
		if !coversPatterns(*r.fields[i].patterns, *other.fields[i].patterns) {
			return false
		}
	}
	if m.UIDs != nil && (o.UIDs == nil || slices.ContainsFunc(o.UIDs, func(uid uint32) bool { return !slices.Contains(m.UIDs, uid) })) {
		return false
	}
	for _, label := range m.Labels {
		at := slices.IndexFunc(o.Labels, func(l Label) bool { return l.Key == label.Key })
		if at < 0 || !coversPatterns(label.Values, o.Labels[at].Values) {
			return false
		}
	}
	return true
}

// coversPatterns reports whether whatever fits one of theirs fits one of mine. nil fits everything.
func coversPatterns(mine, theirs []Pattern) bool {
	if mine == nil {
		return true
	}
	if theirs == nil {
		return slices.ContainsFunc(mine, func(p Pattern) bool { return p.all() })
	}
	return !slices.ContainsFunc(theirs, func(their Pattern) bool {
		return !slices.ContainsFunc(mine, func(my Pattern) bool { return my.covers(&their) })
	})
}

// all reports whether it matches every text, the empty one included.
func (p *Pattern) all() bool {
	return p.syntax == words && p.text == "*"
}

func (p *Pattern) covers(other *Pattern) bool {
	if p.syntax == other.syntax && p.text == other.text || p.all() && other.syntax != below {
		return true
	}
	return other.literal() && p.syntax != expression && p.match(other.text) ||
		other.literal() && p.syntax == expression && other.syntax == words && p.match(other.text)
}

// mayMeet reports whether a task may match both: they ask for the same key, and nothing shows that its values exclude
// each other. Rules about different keys may meet as well, but hardly by mistake.
func (r *Rule) mayMeet(other *Rule) bool {
	if r.When != "" || other.When != "" {
		return false // no one can tell
	}
	shared := false
	meet := func(mine, theirs []Pattern) bool {
		if mine == nil || theirs == nil {
			return true
		}
		shared = true
		return slices.ContainsFunc(mine, func(my Pattern) bool {
			return slices.ContainsFunc(theirs, func(their Pattern) bool { return my.covers(&their) || their.covers(&my) })
		})
	}
	for i := range r.fields {
		if !meet(*r.fields[i].patterns, *other.fields[i].patterns) {
			return false
		}
	}
	if r.Match.UIDs != nil && other.Match.UIDs != nil {
		shared = true
		if !slices.ContainsFunc(r.Match.UIDs, func(uid uint32) bool { return slices.Contains(other.Match.UIDs, uid) }) {
			return false
		}
	}
	for _, label := range r.Match.Labels {
		at := slices.IndexFunc(other.Match.Labels, func(l Label) bool { return l.Key == label.Key })
		if at >= 0 && !meet(label.Values, other.Match.Labels[at].Values) {
			return false
		}
	}
	// An exception before its rule is no mistake.
	return shared && !other.covers(r)
}
