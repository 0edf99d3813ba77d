package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/node"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/rules"
)

// tellConflicts says what of the rules is likely a mistake, and which policies the running agent has refused.
func (a *agent) tellConflicts(n *node.Node, m *node.Merged) {
	for _, p := range m.Policies {
		if !p.Accepted {
			fmt.Fprintf(a.stdout, "policy %s: refused: %s\n", p.Name, p.Message)
		}
	}
	if m.Set.Len() == 0 {
		return
	}
	conflicts := m.Set.Conflicts(n != nil)
	from := ""
	if accepted := len(m.Policies) - m.Refused(); accepted > 0 {
		from = fmt.Sprintf(", with those of %d policies of the running agent", accepted)
	}
	fmt.Fprintf(a.stdout, "rules: %d%s, conflicts: %d\n", m.Set.Len(), from, len(conflicts))
	for _, text := range conflicts {
		fmt.Fprintf(a.stdout, "  %s\n", text)
	}
}

// match is a row of the table: threads of a process that have the same rule.
type match struct {
	rule    *rules.Rule
	process *rules.Process
	group   string
	threads int
	also    []string
}

// dryRun prints what the rules match on this machine now.
func (a *agent) dryRun(n *node.Node, set *rules.Set) error {
	if set.Len() == 0 {
		fmt.Fprintln(a.stdout, "rules: none")
		return nil
	}
	rows, tasks, err := a.matches(n, set)
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RULE\tPID\tTHREADS\tCOMM\tCGROUP\tALSO FITS")
	matched, unused := 0, map[*rules.Rule]bool{}
	for _, r := range set.Rules {
		unused[r] = true
	}
	for _, m := range rows {
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t%s\n", m.rule.Name, m.process.PID, m.threads, printable(m.process.Comm), printable(m.group), strings.Join(m.also, ", "))
		matched += m.threads
		delete(unused, m.rule)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print the matches: %w", err)
	}
	fmt.Fprintf(a.stdout, "%d of %d threads have a rule\n", matched, tasks)
	for _, r := range set.Rules {
		if unused[r] {
			fmt.Fprintf(a.stdout, "no task has the rule %q, %s\n", r.Name, r.Place())
		}
	}
	return nil
}

// matches finds the rules of all tasks but kernel threads, in the order of the rules.
func (a *agent) matches(n *node.Node, set *rules.Set) (rows []*match, tasks int, err error) {
	m := rules.NewMatcher(a.root, n)
	processes, err := m.Threads(0)
	if err != nil {
		return nil, 0, err
	}
	slices.Sort(processes)
	for _, pid := range processes {
		threads, err := m.Threads(pid)
		if err != nil {
			continue // it has ended
		}
		type key struct {
			rule  *rules.Rule
			group string
			also  string
		}
		of := map[key]*match{}
		for _, tid := range threads {
			t, err := m.Task(tid)
			if errors.Is(err, rules.ErrEnded) || err == nil && t.Process.Kernel {
				continue
			} else if err != nil {
				return nil, 0, err
			}
			tasks++
			fits := slices.DeleteFunc(set.All(t), func(f rules.Fit) bool { return f.Err != nil })
			if len(fits) == 0 {
				continue
			}
			var also []string
			for _, f := range fits[1:] {
				also = append(also, f.Rule.Name)
			}
			k := key{fits[0].Rule, t.Group.Path, strings.Join(also, "\n")}
			if of[k] == nil {
				of[k] = &match{rule: fits[0].Rule, process: t.Process, group: t.Group.Path, also: also}
				rows = append(rows, of[k])
			}
			of[k].threads++
		}
	}
	place := make(map[*rules.Rule]int, set.Len())
	for i, r := range set.Rules {
		place[r] = i
	}
	slices.SortStableFunc(rows, func(x, y *match) int { return place[x.rule] - place[y.rule] })
	return rows, tasks, nil
}

// printable makes a task's own words fit for a table.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return '?'
		}
		return c
	}, text)
}
