package main

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/spf13/pflag"
)

// reloads reads the configuration anew at each SIGHUP. tid is the thread of the rounds.
func (r *running) reloads(ctx context.Context, tid int) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.hangup:
			r.tell(reloadBegins()...)
			if told, err := r.reload(tid); err != nil {
				r.source.Refused(err)
				r.say(failure, "reload refused, the old configuration goes on:\n  %v", err)
				r.tell(ready, statusLine("reload refused, the old configuration goes on: %v", err))
			} else {
				r.say(notice, "reloaded: %s", told)
				r.tell(ready, statusLine("reloaded: %s", told))
			}
		}
	}
}

// change is an option with another value than before.
type change struct{ name, from, to string }

// reload takes over all of a valid configuration that can change while the scheduler runs, and nothing of an invalid one.
// The rounds go on meanwhile.
func (r *running) reload(tid int) (told string, err error) {
	wanted, err := r.load(r.commandLine)
	if err != nil {
		return "", err
	}
	live, stay := r.changes(wanted)
	next, err := r.merged(wanted, live)
	if err != nil {
		return "", err
	}
	// What can fail comes first.
	policy, err := next.newPolicy()
	if err != nil {
		return "", err
	}
	changed := map[string]bool{}
	var words []string
	for _, c := range live {
		changed[c.name] = true
		words = append(words, fmt.Sprintf("%s is %q, was %q", c.name, c.to, c.from))
	}
	if changed["agent-cpus"] {
		cpus := next.cpus
		if len(cpus) == 0 {
			cpus = r.ownCPUs
		}
		if err := r.bind(tid, cpus); err != nil {
			return "", fmt.Errorf("agent-cpus: let the thread of the rounds run on %q: %w", next.agentCPUs, err)
		}
	}
	if changed["policy"] || changed["slice"] || changed["slice-min"] || changed["lease"] {
		r.current.offer(policy)
	}
	if told := r.replaceRules(next); told != "" {
		words = append(words, told)
	}
	r.setOutput(next)
	r.mu.Lock()
	r.config = next
	r.mu.Unlock()
	r.source.Reloaded(next.policy)

	if len(words) == 0 {
		words = append(words, "nothing has changed")
	}
	for _, c := range stay {
		words = append(words, fmt.Sprintf("%s stays %q, for %q it must be started anew", c.name, c.from, c.to))
	}
	return strings.Join(words, "; "), nil
}

// changes tells in what the wanted configuration differs: what can change now, and what cannot.
func (r *running) changes(wanted *config) (live, stay []change) {
	before := r.config.values()
	for name, to := range wanted.values() {
		c := change{name, before[name], to}
		switch {
		case c.from == c.to:
		case settings[name].live:
			live = append(live, c)
		default:
			stay = append(stay, c)
		}
	}
	for _, list := range [][]change{live, stay} {
		sort.Slice(list, func(i, j int) bool { return list[i].name < list[j].name })
	}
	return live, stay
}

// merged is the present configuration with the changes that are possible. It must be valid, too: what stays may
// forbid what changes.
func (r *running) merged(wanted *config, live []change) (*config, error) {
	next := *r.config
	next.origins = map[string]origin{}
	for name, from := range r.config.origins {
		next.origins[name] = from
	}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	next.bind(flags)
	for _, c := range live {
		if err := flags.Set(c.name, c.to); err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		delete(next.origins, c.name)
		if from, is := wanted.origins[c.name]; is {
			next.origins[c.name] = from
		}
	}
	next.rules = wanted.rules
	var wrong faults
	for _, p := range next.validate() {
		wrong = append(wrong, next.blame(p)+" (what cannot change while it runs stays)")
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return &next, nil
}

// values are all options as the flags write them.
func (c *config) values() map[string]string {
	copied := *c
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	copied.bind(flags)
	values := map[string]string{}
	flags.VisitAll(func(f *pflag.Flag) { values[f.Name] = f.Value.String() })
	return values
}
