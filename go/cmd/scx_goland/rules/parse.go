package rules

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"go.yaml.in/yaml/v3"
)

// patternLength is the longest text of a pattern, valuesMax the most alternatives of a key.
const (
	patternLength = 1024
	valuesMax     = 256
)

// The shortest slice and goal: what is shorter, the kernel's timer does not tell apart.
const shortest = 100 * time.Microsecond

// ParseOptions are what the parser needs to know of its surroundings.
type ParseOptions struct {
	// User returns the uid of a user.
	User func(name string) (uint32, error)
	// Suggest returns the end of a message about an unknown name: which known one it may be.
	Suggest func(name string, known []string) string

	// json: the text was another one before someone made JSON of it.
	json bool
}

// Fault is something wrong with the rules.
type Fault struct {
	Line int
	Text string
}

// Parse reads the list of rules from a configuration. It returns all faults; with any, there is no set.
func Parse(list *yaml.Node, o ParseOptions) (*Set, []Fault) {
	p := &parser{ParseOptions: o, names: map[string]int{}, set: &Set{}}
	if list.Kind == yaml.ScalarNode && list.Tag == "!!null" {
		return p.set, nil
	}
	if list.Kind != yaml.SequenceNode {
		p.no(list, "rules: needs a list: lines that begin with \"- name: \"")
		return nil, p.faults
	}
	if len(list.Content) > MaxRules {
		p.no(list, "rules: there are %d, more than %d", len(list.Content), MaxRules)
		return nil, p.faults
	}
	for _, node := range list.Content {
		if r := p.rule(node); r != nil {
			p.set.Rules = append(p.set.Rules, r)
		}
	}
	if len(p.faults) > 0 {
		return nil, p.faults
	}
	text, err := yaml.Marshal(list)
	if err != nil {
		p.no(list, "rules: %v", err)
		return nil, p.faults
	}
	p.set.text = string(text)
	p.set.findNeeds()
	return p.set, nil
}

type parser struct {
	ParseOptions
	names  map[string]int // lines
	set    *Set
	faults []Fault
	about  string // which rule
}

func (p *parser) no(at *yaml.Node, format string, args ...any) {
	p.faults = append(p.faults, Fault{max(at.Line, 1), p.about + fmt.Sprintf(format, args...)})
}

// keys walks a mapping. known are its keys, each with who takes its value.
func (p *parser) keys(node *yaml.Node, what string, known map[string]func(key string, value *yaml.Node)) {
	if node.Kind != yaml.MappingNode {
		p.no(node, "%s needs keys and values", what)
		return
	}
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		take, is := known[key.Value]
		switch {
		case !is:
			p.no(key, "unknown key %q in %s%s", key.Value, what, p.Suggest(key.Value, names))
		case seen[key.Value] > 0:
			p.no(key, "%s is set a second time, first in line %d", key.Value, seen[key.Value])
		default:
			seen[key.Value] = key.Line
			take(key.Value, value)
		}
	}
}

func (p *parser) rule(node *yaml.Node) *Rule {
	r := &Rule{Line: node.Line, Children: true}
	before := len(p.faults)
	p.about = fmt.Sprintf("rule %d: ", len(p.set.Rules)+1)
	defer func() { p.about = "" }()
	if node.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(node.Content); i += 2 { // wherever it stands, so that all faults tell it
			if node.Content[i].Value == "name" && plain(node.Content[i+1]) {
				p.about = fmt.Sprintf("rule %q: ", node.Content[i+1].Value)
			}
		}
	}
	var hasMatch, hasEffects, bad bool
	p.keys(node, "a rule", map[string]func(string, *yaml.Node){
		"name": func(key string, n *yaml.Node) { r.Name = p.name(key, n) },
		"match": func(_ string, n *yaml.Node) {
			hasMatch = true
			p.match(&r.Match, n)
		},
		"when": func(key string, n *yaml.Node) {
			text, ok := p.text(key, n)
			if !ok {
				bad = true
				return
			}
			var err error
			if r.When = text; text == "" {
				p.no(n, "when: the condition is empty")
			} else if r.condition, err = newCondition(text); err != nil {
				p.no(n, "when: %v", err)
			}
		},
		"children": func(key string, n *yaml.Node) { r.Children = p.boolean(key, n) },
		"effects": func(_ string, n *yaml.Node) {
			hasEffects = true
			p.effects(&r.Effects, n)
		},
	})
	if len(p.faults) > before || bad {
		return nil
	}
	switch {
	case r.Name == "":
		p.no(node, "it has no name")
	case !hasMatch && r.condition == nil:
		p.no(node, "it says neither match nor when; for all tasks say match: {comm: \"*\"}")
	case !hasEffects:
		p.no(node, "it has no effects; to spare tasks from later rules say effects: {weight: 100}")
	}
	p.excludes(node, &r.Effects)
	r.fields = r.Match.fields()
	return r
}

// excludes refuses effects that can't be had together.
func (p *parser) excludes(node *yaml.Node, e *Effects) {
	if e.Domain != 0 && e.Preempt > PreemptNever {
		p.no(node, "domain excludes preempt: %s: a task that is sent to a domain preempts nobody", preemptions[e.Preempt])
	}
	if e.Kernel && (e.Weight != 0 || e.Lease != nil || e.Class != 0 || e.Latency != 0) {
		p.no(node, "leave-to-kernel excludes weight, lease, class and latency, which the kernel side does not know")
	}
}

func (p *parser) name(key string, n *yaml.Node) string {
	name, ok := p.text(key, n)
	switch {
	case !ok:
	case name == "" || len(name) > 64:
		p.no(n, "name: has 1 to 64 bytes")
	case strings.ContainsFunc(name, func(c rune) bool { return c < ' ' || c == utf8.RuneError }):
		p.no(n, "name: has a character that can't be printed")
	case p.names[name] > 0:
		p.no(n, "another rule has that name, in line %d", p.names[name])
	default:
		p.names[name] = n.Line
	}
	return name
}

func (p *parser) match(m *Match, node *yaml.Node) {
	known := map[string]func(string, *yaml.Node){
		"user": func(_ string, n *yaml.Node) {
			for _, v := range p.list("user", n) {
				if uid, err := p.uid(v.Value); err != nil {
					p.no(v, "user: %v", err)
				} else {
					m.UIDs = append(m.UIDs, uid)
					m.Users = append(m.Users, v.Value)
				}
			}
		},
		"labels": func(_ string, n *yaml.Node) { p.labels(m, n) },
	}
	for _, f := range m.fields() {
		known[f.key] = func(key string, n *yaml.Node) {
			*f.patterns = append(*f.patterns, p.patterns(key, n, f.syntax)...)
		}
	}
	if node.Kind == yaml.MappingNode && len(node.Content) == 0 {
		p.no(node, "match is empty; for all tasks say match: {comm: \"*\"}")
		return
	}
	p.keys(node, "match", known)
}

func (p *parser) labels(m *Match, node *yaml.Node) {
	if node.Kind != yaml.MappingNode || len(node.Content) == 0 {
		p.no(node, "labels needs labels and their values, such as {app: web}")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if seen[key.Value] {
			p.no(key, "labels: %s is set a second time", key.Value)
			continue
		}
		seen[key.Value] = true
		m.Labels = append(m.Labels, Label{key.Value, p.patterns("labels: "+key.Value, value, words)})
	}
}

func (p *parser) patterns(key string, node *yaml.Node, s syntax) []Pattern {
	var patterns []Pattern
	for _, n := range p.list(key, node) {
		pattern, err := newPattern(n.Value, s)
		switch {
		case p.json && n.Tag == "!!bool":
			p.no(n, "%s: %s without quotes is no text; YAML also reads words such as on, y and no so: put it into quotes", key, n.Value)
		case len(n.Value) > patternLength:
			p.no(n, "%s: a pattern has %d bytes, more than %d", key, len(n.Value), patternLength)
		case n.Value == "":
			p.no(n, "%s: an empty pattern matches nothing", key)
		case err != nil:
			p.no(n, "%s: %v", key, err)
		case s == below && (n.Value[0] != '/' && n.Value[0] != '*' || path.Clean(n.Value) != strings.TrimRight(n.Value, "/") && n.Value != "/"):
			p.no(n, "%s: %q is no path in the tree of cgroups, such as /system.slice/nginx.service", key, n.Value)
		default:
			patterns = append(patterns, pattern)
		}
	}
	return patterns
}

// list returns one value, or several.
func (p *parser) list(key string, node *yaml.Node) []*yaml.Node {
	values := []*yaml.Node{node}
	if node.Kind == yaml.SequenceNode {
		values = node.Content
	}
	if len(values) == 0 || len(values) > valuesMax {
		p.no(node, "%s needs 1 to %d values", key, valuesMax)
		return nil
	}
	for _, n := range values {
		if !plain(n) {
			p.no(n, "%s needs plain values", key)
			return nil
		}
	}
	return values
}

func (p *parser) uid(text string) (uint32, error) {
	if n, err := strconv.ParseUint(text, 10, 32); err == nil {
		return uint32(n), nil
	}
	return p.User(text)
}

func (p *parser) effects(e *Effects, node *yaml.Node) {
	if node.Kind == yaml.MappingNode && len(node.Content) == 0 {
		p.no(node, "effects is empty; to spare tasks from later rules say effects: {weight: 100}")
		return
	}
	p.keys(node, "effects", map[string]func(string, *yaml.Node){
		"weight":  func(key string, n *yaml.Node) { e.Weight = p.number(key, n, 1, 10000) },
		"slice":   func(key string, n *yaml.Node) { e.Slice = p.duration(key, n, shortest, time.Second) },
		"domain":  func(key string, n *yaml.Node) { e.Domain = 1 + p.number(key, n, 0, scxbridge.MaxDomains-1) },
		"preempt": func(key string, n *yaml.Node) { e.Preempt = Preemption(p.word(key, n, preemptions)) },
		"lease": func(key string, n *yaml.Node) {
			lease := p.duration(key, n, 0, scxbridge.LeaseMax)
			e.Lease = &lease
		},
		"class":   func(key string, n *yaml.Node) { e.Class = Class(p.word(key, n, classes)) },
		"latency": func(key string, n *yaml.Node) { e.Latency = p.duration(key, n, shortest, time.Second) },
		"leave-to-kernel": func(key string, n *yaml.Node) {
			if e.Kernel = p.boolean(key, n); !e.Kernel {
				p.no(n, "leave-to-kernel: leave it out instead of false")
			}
		},
	})
}

// text returns a plain value.
func (p *parser) text(key string, n *yaml.Node) (text string, ok bool) {
	if !plain(n) {
		p.no(n, "%s needs one plain value", key)
		return "", false
	}
	return n.Value, true
}

func (p *parser) number(key string, n *yaml.Node, least, most int) int {
	text, ok := p.text(key, n)
	if !ok {
		return least
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < least || number > most {
		p.no(n, "%s: is a whole number from %d to %d, not %q", key, least, most, text)
		return least
	}
	return number
}

func (p *parser) duration(key string, n *yaml.Node, least, most time.Duration) time.Duration {
	text, ok := p.text(key, n)
	if !ok {
		return least
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		if _, err := time.ParseDuration(text + "ms"); err == nil {
			p.no(n, "%s: %q has no unit; give a unit: %sms", key, text, text)
		} else {
			p.no(n, "%s: %q is no time, such as 5ms", key, text)
		}
	case d < least || d > most:
		p.no(n, "%s: is %v to %v, not %s", key, least, most, text)
	default:
		return d
	}
	return least
}

func (p *parser) boolean(key string, n *yaml.Node) bool {
	text, ok := p.text(key, n)
	if ok && text != "true" && text != "false" {
		p.no(n, "%s: %q is neither true nor false", key, text)
	}
	return text == "true"
}

// word returns the number of a word.
func (p *parser) word(key string, n *yaml.Node, known []string) int {
	text, ok := p.text(key, n)
	if !ok {
		return 0
	}
	i := slices.Index(known, text)
	if i < 1 {
		p.no(n, "%s: %q is not one of %s%s", key, text, strings.Join(known[1:], ", "), p.Suggest(text, known[1:]))
		return 0
	}
	return i
}

// plain reports whether a value is one text.
func plain(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag != "!!null" && n.Anchor == "" && n.Style&yaml.TaggedStyle == 0
}
