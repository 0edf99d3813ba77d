package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

func TestParse(t *testing.T) {
	set := mustParse(t, `
- name: database
  match:
    comm: [postgres, "pg_*"]
    user: [postgres, 1000]
    cgroup: /system.slice/
    labels: {app: "web*"}
  when: comm != "pg_dump" && uid < 2000
  children: false
  effects: {weight: 300, slice: 3ms, preempt: later, lease: 0s, class: urgent, latency: 2ms}
- name: near
  match: {cmdline-regexp: "^/usr/bin/java .*-server"}
  effects: {domain: 0}
- name: alone
  match: {comm: "*"}
  effects: {leave-to-kernel: true}
`)
	r := set.Rules[0]
	if r.Name != "database" || r.Line != 2 || r.Children || r.condition == nil || len(r.Match.Comm) != 2 || fmt.Sprint(r.Match.UIDs) != "[70 1000]" ||
		r.Effects.String() != "weight: 300, slice: 3ms, preempt: later, lease: 0s, class: urgent, latency: 2ms" {
		t.Errorf("%+v", r)
	}
	if got := set.Rules[1].Effects.String() + "; " + set.Rules[2].Effects.String(); got != "domain: 0; leave-to-kernel: true" || !set.Rules[1].Children {
		t.Error(got)
	}
	if e := r.Effects; *e.Lease != 0 || e.Latency != 2*time.Millisecond {
		t.Errorf("%+v", e)
	}
}

func TestFaults(t *testing.T) {
	const tail = ", effects: {weight: 100}}"
	for text, want := range map[string]string{
		"a: b":                               "1: rules: needs a list",
		"x":                                  "1: rules: needs a list",
		"- 3":                                "1: rule 1: a rule needs keys and values",
		"- {name: a}":                        `1: rule "a": it says neither match nor when`,
		"- {match: {comm: a}" + tail:         "1: rule 1: it has no name",
		"- {name: a, match: {comm: a}}":      `1: rule "a": it has no effects`,
		"- {name: a, match: {}" + tail:       `1: rule "a": match is empty`,
		"- {name: a, match: {com: a}" + tail: `1: rule "a": unknown key "com" in match (of cgroup cmdline`,
		"- {name: a, mtch: {comm: a}" + tail: `1: rule "a": unknown key "mtch" in a rule (of children effects`,
		"- name: a\n  match: {comm: a}\n  effects: {wieght: 3}":                         `3: rule "a": unknown key "wieght" in effects (of class`,
		"- {name: a, name: b, match: {comm: a}" + tail:                                  "name is set a second time, first in line 1",
		"- {name: a, match: {comm: a}" + tail + "\n- {name: a, match: {comm: b}" + tail: `2: rule "a": another rule has that name, in line 1`,
		"- {name: a, match: {comm: ''}" + tail:                                          "an empty pattern matches nothing",
		"- {name: a, match: {comm: []}" + tail:                                          "comm needs 1 to 256 values",
		"- {name: a, match: {comm: [[a]]}" + tail:                                       "comm needs plain values",
		"- {name: a, match: {comm: {a: b}}" + tail:                                      "comm needs plain values",
		"- {name: a, match: {cmdline-regexp: '('}" + tail:                               "cmdline-regexp: error parsing regexp",
		"- {name: a, match: {cgroup: system.slice}" + tail:                              "is no path in the tree of cgroups",
		"- {name: a, match: {cgroup: /a/../b}" + tail:                                   "is no path in the tree of cgroups",
		"- {name: a, match: {user: nobody9}" + tail:                                     `user: "nobody9" is no user`,
		"- {name: a, match: {labels: app}" + tail:                                       "labels needs labels and their values",
		"- {name: a, when: 'comm'" + tail:                                               "the condition is of type string, not bool",
		"- {name: a, when: 'comm =='" + tail:                                            "when: column ",
		"- {name: a, when: 'cmm == \"a\"'" + tail:                                       "undeclared reference to 'cmm'",
		"- {name: a, when: ''" + tail:                                                   "the condition is empty",
		"- {name: a, children: no, match: {comm: a}" + tail:                             `children: "no" is neither true nor false`,
		"- {name: a, match: {comm: a}, effects: {}}":                                    "effects is empty",
		"- {name: a, match: {comm: a}, effects: {weight: 0}}":                           "weight: is a whole number from 1 to 10000",
		"- {name: a, match: {comm: a}, effects: {domain: 128}}":                         "domain: is a whole number from 0 to 127",
		"- {name: a, match: {comm: a}, effects: {slice: 5}}":                            `slice: "5" has no unit; give a unit: 5ms`,
		"- {name: a, match: {comm: a}, effects: {slice: 5us}}":                          "slice: is 100µs to 1s",
		"- {name: a, match: {comm: a}, effects: {lease: 2s}}":                           "lease: is 0s to 1s",
		"- {name: a, match: {comm: a}, effects: {preempt: yes}}":                        `preempt: "yes" is not one of never, later, always`,
		"- {name: a, match: {comm: a}, effects: {class: idle}}":                         `class: "idle" is not one of urgent, normal, batch`,
		"- {name: a, match: {comm: a}, effects: {domain: 1, preempt: later}}":           "domain excludes preempt: later",
		"- {name: a, match: {comm: a}, effects: {leave-to-kernel: true, weight: 3}}":    "leave-to-kernel excludes weight",
		"- {name: a, match: {comm: a}, effects: {leave-to-kernel: false}}":              "leave it out instead of false",
	} {
		set, wrong := parse(t, text)
		if set != nil || len(wrong) == 0 || !strings.Contains(fmt.Sprintf("%d: %s", wrong[0].Line, wrong[0].Text), want) {
			t.Errorf("%s: %v, want %q", text, wrong, want)
		}
	}
	// All faults are told, not only the first.
	if _, wrong := parse(t, "- {name: a, match: {com: a, user: x}, effects: {weight: 0, slice: 1}}\n- 3\n"); len(wrong) != 5 {
		t.Errorf("%v", wrong)
	}
}

func TestEqual(t *testing.T) {
	a := mustParse(t, `[{name: a, match: {comm: x}, effects: {weight: 5}}]`)
	b := mustParse(t, "# the same, for machines\n- name: a\n  match: {comm: x}\n  effects: {weight: 6}\n")
	var none *Set
	if !a.Equal(a) || a.Equal(b) || a.Equal(none) || !none.Equal(&Set{}) {
		t.Error("sets are compared wrongly")
	}
}

// Each example of the documentation is valid, and so says what the text says of it.
func TestDocumentedExamples(t *testing.T) {
	text, err := os.ReadFile(filepath.FromSlash("../../../../docs/rules.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```yaml\n")[1:]
	if len(blocks) < 4 {
		t.Fatalf("there are only %d examples", len(blocks))
	}
	options := testOptions
	options.User = func(string) (uint32, error) { return 70, nil }
	for _, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		var doc struct{ Rules yaml.Node }
		if err := yaml.Unmarshal([]byte(block), &doc); err != nil {
			t.Errorf("%v:\n%s", err, block)
			continue
		}
		set, wrong := Parse(&doc.Rules, options)
		if len(wrong) > 0 || set.Len() == 0 {
			t.Errorf("%v:\n%s", wrong, block)
		} else if told := set.Conflicts(true); len(told) > 0 {
			t.Errorf("%v:\n%s", told, block)
		}
	}
	for _, f := range new(Match).fields() {
		if !strings.Contains(string(text), "| `"+f.key+"` |") {
			t.Errorf("docs/rules.md has no line for %s", f.key)
		}
	}
	for _, name := range Variables {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/rules.md does not name the variable %s", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"- {name: a, match: {comm: [a, b*]}, effects: {weight: 5}}", "- name: a\n  when: 'labels[\"a\"] == \"b\"'\n  effects:\n    class: batch\n",
		"- &x {name: a}\n- *x", "[[]]", "- {name: a, match: {labels: {a: [b]}}, effects: {lease: 5ms}}", "- !!str a", "- ~", "~",
		"- {name: a, match: {cgroup: /a/**}, effects: {leave-to-kernel: true}}", "- {name: a, match: {user: 5}, effects: {domain: 3}}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var doc yaml.Node
		if len(text) > 1<<14 || yaml.Unmarshal(text, &doc) != nil || len(doc.Content) != 1 {
			return
		}
		set, wrong := Parse(doc.Content[0], testOptions)
		if (set == nil) != (len(wrong) > 0) {
			t.Fatalf("set %v, faults %v", set, wrong)
		}
		lines := strings.Count(string(text), "\n") + strings.Count(string(text), "\r") + 1
		if !utf8.Valid(text) || strings.ContainsAny(string(text), "\u0085\u2028\u2029\ufeff") {
			lines = len(text) + 1 // to YAML, other characters end lines as well
		}
		for _, w := range wrong {
			if w.Line < 1 || w.Line > lines || w.Text == "" {
				t.Errorf("a fault in line %d of %d: %q", w.Line, lines, w.Text)
			}
		}
		if set == nil {
			return
		}
		set.Conflicts(true)
		p := &Process{PID: 1, Comm: "a", Cmdline: "a b", Parent: &Process{Comm: "x"}}
		task := &Subject{TID: 1, Thread: "a", Process: p, Group: &Group{Path: "/a/b"}}
		first, all := set.First(task), set.All(task)
		for _, fit := range all {
			if fit.Err == nil {
				if first < 0 || set.Rules[first] != fit.Rule {
					t.Errorf("the first rule is %d, of %v", first, all)
				}
				return
			}
		}
		if first >= 0 {
			t.Errorf("the first rule is %d, of none", first)
		}
	})
}
