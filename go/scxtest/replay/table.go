package replay

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// most is how many tasks have a line of their own.
const most = 10

// Compare writes tables of what policies did with the load, beside what was recorded.
func (l *Load) Compare(to io.Writer, results ...*Result) error {
	all := append([]*Result{&l.Recorded}, results...)
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%d tasks, %d CPUs, %v", len(l.Tasks), l.config.CPUs, round(l.Duration))
	if l.Inexact > 0 {
		fmt.Fprintf(w, "; %d times wake-ups without a record were spread evenly", l.Inexact)
	}
	fmt.Fprint(w, "\n\nclass\ttasks\tpolicy\twaits\tp50\tp99\tmax\tCPU time\tmean slice\truns\tmoves\n")
	for _, class := range Classes {
		for _, r := range all {
			if c := r.ByClass[class]; c != nil {
				fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%v\t%v\t%v\t%v\t%v\t%d\t%d\n", class, c.Tasks, r.name, c.Waits.Count,
					round(c.Waits.P50), round(c.Waits.P99), round(c.Waits.Max), round(c.CPUTime), round(c.Slice()), c.Runs, c.Moves)
			}
		}
	}
	fmt.Fprint(w, "\ntask\ttid\tclass\tweight\tCPU time:")
	for _, r := range all {
		fmt.Fprintf(w, " %s\t", r.name)
	}
	fmt.Fprintln(w)
	order := make([]int, len(l.Tasks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(l.Tasks[b].CPUTime, l.Tasks[a].CPUTime) })
	for _, i := range order[:min(most, len(order))] {
		t := &l.Tasks[i]
		fmt.Fprintf(w, "%q\t%d\t%s\t%d\t", t.Comm, t.TID, t.Class, t.Weight)
		for _, r := range all {
			fmt.Fprintf(w, "%v\t", round(r.CPUTime[i]))
		}
		fmt.Fprintln(w)
	}
	if n := len(order) - most; n > 0 {
		fmt.Fprintf(w, "and %d others\n", n)
	}
	for _, r := range results {
		for _, v := range r.Report.Violations[:min(3, len(r.Report.Violations))] {
			fmt.Fprintf(w, "\n%s: %v", r.name, v)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("replay: write the tables: %w", err)
	}
	return nil
}

// round keeps three digits.
func round(d time.Duration) time.Duration {
	for unit := time.Duration(1); ; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit)
		}
	}
}
