package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/listen"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/rules"
)

// gcUnset leaves the garbage collector as the environment (GOGC) says.
const gcUnset = math.MinInt

// config is what flags, environment and file say together.
type config struct {
	options      scxbridge.Options
	file         string
	policy       string
	slice        time.Duration
	sliceMin     time.Duration
	batch        int
	seconds      float64 // of stats
	stats        time.Duration
	statsFormat  string
	gcPercent    int
	adopt        string
	detach       bool
	lease        time.Duration
	monitorSlack time.Duration
	agentCPUs    string
	trace        string
	cpus         []int // of agentCPUs
	verbose      bool
	version      bool
	metrics      string
	metricsAt    listen.Address // of metrics
	scxStats     bool
	rules        *rules.Set // nil: none

	origins map[string]origin // of what is set
}

// setting is what rust/options.toml says of an option beyond its flag.
type setting struct {
	field       string // of scxbridge.Options
	live        bool   // can be changed while it runs
	commandLine bool   // is not for a file
}

var adoptions = []string{"no", "yes", "auto"}

// problem is what is wrong with an option's value.
type problem struct{ name, reason string }

// validate checks the options, each by itself and together, and derives what follows from them.
func (c *config) validate() []problem {
	var wrong []problem
	no := func(name, format string, args ...any) {
		wrong = append(wrong, problem{name, fmt.Sprintf(format, args...)})
	}
	o := &c.options
	oneOf := func(name, value string, words ...string) {
		if !slices.Contains(words, value) {
			no(name, "%q is not one of %s", value, strings.Join(words, ", "))
		}
	}
	oneOf("policy", c.policy, "fifo", "vruntime")
	oneOf("stats-format", c.statsFormat, "table", "json")
	switch c.adopt { // true and false are what it was before
	case "true":
		c.adopt = "yes"
	case "false":
		c.adopt = "no"
	default:
		oneOf("adopt", c.adopt, adoptions...)
	}
	if !(c.seconds == 0 || c.seconds >= 0.01 && c.seconds <= 86400) {
		no("stats", "is 0.01 to 86400 seconds, or 0, not %v", c.seconds)
	}
	if c.adopt != "no" && c.detach {
		no("detach", "excludes --adopt")
	}
	if c.batch < 1 || c.batch > 1<<16 {
		no("batch", "is 1 to %d, not %d", 1<<16, c.batch)
	}
	if c.gcPercent != gcUnset && c.gcPercent < -1 {
		no("gc-percent", "is -1 or more, not %d", c.gcPercent)
	}
	if c.slice <= 0 || c.slice > o.SliceMax {
		no("slice", "is more than 0 and at most slice-max, %v, not %v", o.SliceMax, c.slice)
	}
	if c.sliceMin < 0 {
		no("slice-min", "must not be negative, not %v", c.sliceMin)
	}
	if c.lease < 0 || c.lease > scxbridge.LeaseMax {
		no("lease", "is 0 to %v, not %v", scxbridge.LeaseMax, c.lease)
	}
	if c.monitorSlack < 0 {
		no("monitor-slack", "must not be negative, not %v", c.monitorSlack)
	}
	var err error
	if c.metrics != "" {
		if c.metricsAt, err = listen.Parse(c.metrics); err != nil {
			no("metrics", "%v", err)
		}
	}
	if c.cpus, err = parseCPUs(c.agentCPUs); err != nil {
		no("agent-cpus", "%v", err)
	}
	c.stats = time.Duration(c.seconds * float64(time.Second))
	wrong = append(wrong, c.validateRules()...)
	return append(wrong, c.validateOptions()...)
}

// validateOptions asks the library. It tells one problem at a time: what it refused is left out then, and it is
// asked again.
func (c *config) validateOptions() []problem {
	var wrong []problem
	if c.options.Grace < 0 {
		return []problem{{"grace", fmt.Sprintf("must not be negative, not %v", c.options.Grace)}}
	}
	left := c.native()
	for range settings {
		_, err := left.WithDefaults()
		if err == nil {
			break
		}
		var refused *scxbridge.Error
		if !errors.As(err, &refused) || flagOf[refused.Option] == "" {
			return append(wrong, problem{"", err.Error()})
		}
		_, reason, _ := strings.Cut(refused.Detail, ": ")
		wrong = append(wrong, problem{flagOf[refused.Option], reason})
		leaveOut(&left, refused.Option)
	}
	return wrong
}

// native is the options as the library takes them: to it a zero Grace is the default, here it is what the user wrote.
func (c *config) native() scxbridge.Options {
	o := c.options
	if o.Grace == 0 {
		o.Grace = scxbridge.GraceImmediate
	}
	return o
}
