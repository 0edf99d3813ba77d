package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/rules"
	"github.com/spf13/pflag"
)

const environment = "SCX_GOLAND_"

// variableOf is the environment's name of an option.
func variableOf(name string) string {
	return environment + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// origin is where a value comes from.
type origin struct {
	place string // file and line, or empty
	name  string // as it is written there: slice, SCX_GOLAND_SLICE, --slice
	value string
}

func (o origin) String() string {
	if o.place != "" {
		return o.place + ": " + o.name
	}
	return o.name
}

// faults are all that is wrong with a configuration.
type faults []string

func (f faults) Error() string { return strings.Join(f, "\n  ") }

// entry is an option that one of the sources sets.
type entry struct {
	option, value string
	origin        origin
}

// given returns what a command line set.
func given(flags *pflag.FlagSet) []entry {
	var entries []entry
	flags.Visit(func(f *pflag.Flag) {
		if _, known := settings[f.Name]; known {
			value := f.Value.String()
			entries = append(entries, entry{f.Name, value, origin{name: "--" + f.Name, value: value}})
		}
	})
	return entries
}

// load puts file, environment and command line together; the later wins. The configuration is there even with
// faults: without what is at fault.
func (a *agent) load(commandLine []entry) (*config, error) {
	c := &config{options: a.defaults, origins: map[string]origin{}}
	if c.options.Grace == scxbridge.GraceImmediate {
		c.options.Grace = 0
	}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	c.define(flags)
	var wrong faults

	set := func(entries []entry) {
		for _, e := range entries {
			f := flags.Lookup(e.option)
			before := f.Value.String()
			if err := flags.Set(e.option, e.value); err != nil {
				wrong = append(wrong, fmt.Sprintf("%v: %s", e.origin, notSuch(f, e.value)))
				_ = flags.Set(e.option, before)
				continue
			}
			c.origins[e.option] = e.origin
		}
	}
	fromEnvironment, strange := a.variables(flags)
	wrong = append(wrong, strange...)
	set(fromEnvironment)
	set(commandLine)
	// Which file it is they say, and then they win over what it says.
	fromFile, list, badFile := a.readFile(c.file, c.origins["config"].name != "", flags)
	wrong = append(wrong, badFile...)
	c.rules = list
	var unset []entry
	overridden := pflag.NewFlagSet("", pflag.ContinueOnError)
	new(config).define(overridden)
	for _, e := range fromFile {
		if _, is := c.origins[e.option]; !is {
			unset = append(unset, e)
		} else if overridden.Set(e.option, e.value) != nil { // it would count as soon as the flag is left out
			wrong = append(wrong, fmt.Sprintf("%v: %s", e.origin, notSuch(overridden.Lookup(e.option), e.value)))
		}
	}
	set(unset)
	for _, p := range c.validate() {
		wrong = append(wrong, c.blame(p))
	}
	if len(wrong) > 0 {
		return c, wrong
	}
	return c, nil
}

// blame says where the value comes from that has the problem.
func (c *config) blame(p problem) string {
	if p.name == "" {
		return p.reason
	}
	from, is := c.origins[p.name]
	if !is {
		from = origin{name: "--" + p.name}
	}
	return fmt.Sprintf("%v: %s", from, p.reason)
}

// variables reads the environment. A name that begins like ours and is none is most likely a mistake.
func (a *agent) variables(flags *pflag.FlagSet) (entries []entry, wrong faults) {
	known := map[string]string{}
	var names []string
	for _, name := range namesOf(flags) {
		if !settings[name].commandLine || name == "config" {
			known[variableOf(name)] = name
			names = append(names, variableOf(name))
		}
	}
	for _, assignment := range a.environ {
		variable, value, _ := strings.Cut(assignment, "=")
		if !strings.HasPrefix(variable, environment) {
			continue
		}
		if known[variable] == "" {
			wrong = append(wrong, fmt.Sprintf("%s in the environment is no option%s", variable, didYouMean(variable, names)))
			continue
		}
		entries = append(entries, entry{known[variable], value, origin{name: variable, value: value}})
	}
	return entries, wrong
}

// readFile reads the file of options. One that nobody named may be missing.
func (a *agent) readFile(path string, named bool, flags *pflag.FlagSet) ([]entry, *rules.Set, faults) {
	if path == "" {
		return nil, nil, nil
	}
	place := path
	if !named {
		place = filepath.Join(a.root, path)
	}
	text, err := os.ReadFile(place)
	switch {
	case err != nil && !named && errors.Is(err, fs.ErrNotExist):
		return nil, nil, nil
	case err != nil:
		return nil, nil, faults{fmt.Sprintf("read the configuration: %v", err)}
	}
	var names []string
	for _, name := range namesOf(flags) {
		if !settings[name].commandLine {
			names = append(names, name)
		}
	}
	return parseFile(path, text, names)
}

// leaveOut gives a field of the options its default.
func leaveOut(o *scxbridge.Options, field string) {
	reflect.ValueOf(o).Elem().FieldByName(field).SetZero()
}

// defineWith adds all flags, with these defaults, to a command that reads their texts later.
func (c *config) defineWith(defaults scxbridge.Options, flags *pflag.FlagSet) {
	c.options = defaults
	if c.options.Grace == scxbridge.GraceImmediate {
		c.options.Grace = 0
	}
	c.define(flags)
}

// bind is define for a configuration that has its values: it keeps them.
func (c *config) bind(flags *pflag.FlagSet) {
	kept := *c
	c.define(flags)
	*c = kept
}
