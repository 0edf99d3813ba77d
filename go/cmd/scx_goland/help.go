package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const about = `scx_goland schedules this machine with a policy written in Go, until SIGINT or
SIGTERM. It needs root and a kernel with sched_ext. SIGHUP reloads its configuration.
`

const usageExit = `
Exit codes: 0 asked to end, 1 error, 2 wrong usage or configuration, 3 ejected by the kernel,
4 no scheduler (status), 6 ejected too often (service), 78 this machine cannot run it.
`

// help prints each option with two dashes, as in the rest of the documentation.
func help(c *cobra.Command, _ []string) {
	w := c.OutOrStdout()
	if c.Long != "" {
		fmt.Fprintln(w, strings.TrimSpace(c.Long))
	} else {
		fmt.Fprintf(w, "%s\n", c.Short)
	}
	fmt.Fprintf(w, "\nUsage: %s\n", c.UseLine())
	if c.HasSubCommands() {
		fmt.Fprint(w, "\nCommands:\n")
		for _, sub := range c.Commands() {
			if !sub.Hidden {
				fmt.Fprintf(w, "    %-25s %s\n", sub.Name(), sub.Short)
			}
		}
	}
	fmt.Fprint(w, "\nOptions:\n")
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		arg, text := pflag.UnquoteUsage(f)
		def := f.DefValue
		if def == "" || def == "0" || def == "false" || f.Name == "gc-percent" {
			def = ""
		} else {
			def = " (default " + def + ")"
		}
		fmt.Fprintf(w, "  %-27s %s%s\n", "--"+f.Name+" "+arg, text, def)
	})
	fmt.Fprint(w, usageExit)
}

// flagError says what is wrong with the command line, in its own words.
func flagError(fs *pflag.FlagSet, err error) error {
	var unknown *pflag.NotExistError
	var value *pflag.InvalidValueError
	var missing *pflag.ValueRequiredError
	switch {
	case errors.As(err, &unknown):
		name := unknown.GetSpecifiedName()
		if unknown.GetSpecifiedShortnames() != "" {
			return fmt.Errorf("unknown option -%s", unknown.GetSpecifiedShortnames())
		}
		return fmt.Errorf("unknown option --%s%s", name, didYouMean(name, namesOf(fs)))
	case errors.As(err, &value):
		return fmt.Errorf("--%s: %s", value.GetFlag().Name, notSuch(value.GetFlag(), value.GetValue()))
	case errors.As(err, &missing):
		return fmt.Errorf("--%s needs a value", missing.GetSpecifiedName())
	}
	return err
}

// notSuch says why a text is no value of this flag.
func notSuch(f *pflag.Flag, value string) string {
	switch f.Value.Type() {
	case "duration":
		if _, err := time.ParseDuration(value + "ms"); err == nil {
			return fmt.Sprintf("%q has no unit; give a unit: %sms", value, value)
		}
		return fmt.Sprintf("%q is no time, such as 5ms", value)
	case "bool":
		return fmt.Sprintf("%q is neither true nor false", value)
	case "int":
		return fmt.Sprintf("%q is no whole number", value)
	}
	return fmt.Sprintf("%q is no number", value)
}

func namesOf(fs *pflag.FlagSet) []string {
	var names []string
	fs.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

// didYouMean names the nearest known name, if one is near.
func didYouMean(name string, known []string) string {
	best, least := "", 1+max(2, len(name)/3)
	for _, k := range known {
		if d := distance(name, k); d < least && 2*d <= max(len(name), len(k)) {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", best)
}

// distance is how many characters must be changed, added or removed to get from a to b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0]++
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, before+1)
		}
	}
	return row[len(b)]
}
