package main

import (
	"context"
	"fmt"
	"os/user"
	"strconv"
	"sync"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/rules"
	"go.yaml.in/yaml/v3"
)

// rulesKey is the key of the list of rules in the file. No flag has it.
const rulesKey = "rules"

var parseOptions = rules.ParseOptions{User: uidOf, Suggest: didYouMean}

// parseRules reads the list of rules of a file.
func parseRules(path string, list *yaml.Node) (*rules.Set, faults) {
	set, wrong := rules.Parse(list, parseOptions)
	var texts faults
	for _, f := range wrong {
		texts = append(texts, fmt.Sprintf("%s:%d: %s", path, f.Line, f.Text))
	}
	return set, texts
}

func uidOf(name string) (uint32, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return 0, fmt.Errorf("%q is no user of this machine; a number is taken as it is", name)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	return uint32(uid), err
}

// validateRules checks the rules beside the other options.
func (c *config) validateRules() []problem {
	var wrong []problem
	if c.rules == nil {
		return nil
	}
	for _, r := range c.rules.Rules {
		if text := c.forbids(r); text != "" {
			wrong = append(wrong, problem{"", fmt.Sprintf("%s:%d: rule %q: %s", c.file, r.Line, r.Name, text)})
		}
	}
	return wrong
}

// forbids says why a rule does not fit the other options.
func (c *config) forbids(r *rules.Rule) string {
	if r.Effects.Slice > c.options.SliceMax {
		return fmt.Sprintf("slice: is at most slice-max, %v, not %v", c.options.SliceMax, r.Effects.Slice)
	}
	return ""
}

// ineffective tells which effects of a rule this policy does not have.
func (c *config) ineffective(r *rules.Rule) string {
	if c.policy == "fifo" && (r.Effects.Weight != 0 || r.Effects.Class != 0 || r.Effects.Lease != nil) {
		return "weight, class and lease have no effect with the policy fifo"
	}
	return ""
}

// rulesWithoutEffect tells effects that this policy does not have.
func (c *config) rulesWithoutEffect() []string {
	var texts []string
	if c.rules == nil {
		return nil
	}
	for _, r := range c.rules.Rules {
		if text := c.ineffective(r); text != "" {
			texts = append(texts, fmt.Sprintf("%s:%d: rule %q: %s", c.file, r.Line, r.Name, text))
		}
	}
	return texts
}

// policy is what decides: the policy of the moment, under rules.
func (r *running) policy() scxbridge.Policy {
	p := ruled{r.current, r.engine}
	if r.config.rules.Len() > 0 {
		return &ruledToTheEnd{p}
	}
	return &p
}

// matchBeside finds the tasks' rules on a goroutine beside the rounds. It returns how to wait for its end.
func (r *running) matchBeside(ctx context.Context, cancel func()) (end func()) {
	var beside sync.WaitGroup
	beside.Add(1)
	go func() {
		defer beside.Done()
		r.engine.Run(ctx)
	}()
	return func() {
		cancel()
		beside.Wait()
	}
}

// replaceRules puts the rules of another configuration in force, and tells that.
func (r *running) replaceRules(next *config) string {
	before := r.config.rules
	r.ruling.Lock()
	defer r.ruling.Unlock()
	r.enforce(next, r.node.Load())
	if before.Equal(next.rules) {
		return ""
	}
	return fmt.Sprintf("the number of rules is %d, was %d", next.rules.Len(), before.Len())
}

// ruled is the policy of the moment, under rules. It is what the rounds call, so it is looked at here.
type ruled struct {
	*current
	engine *rules.Engine
}

// Enqueue implements [scxbridge.Policy].
func (r *ruled) Enqueue(tasks []scxbridge.Task) {
	r.meter.Queued(tasks) // with their own weights, before rules change these
	r.engine.Enqueue(tasks)
	r.recorder.Load().Queued(tasks)
	r.current.Enqueue(tasks)
}

// Dispatch implements [scxbridge.Policy].
func (r *ruled) Dispatch(decisions []scxbridge.Decision) int {
	n := r.current.Dispatch(decisions)
	if n < 0 || n > len(decisions) {
		return n // Run refuses it
	}
	decided := decisions[:n]
	r.engine.Dispatch(decided, r.current.ordered)
	// A trace has what is carried out, rules included.
	r.recorder.Load().Decided(decided)
	r.meter.Decided(decided, n < len(decisions))
	return n
}

// ruledToTheEnd also wants to know when tasks end. That costs a record for each, so only who has rules asks for it.
type ruledToTheEnd struct{ ruled }

// End implements [scxbridge.Ender].
func (r *ruledToTheEnd) End(tasks []scxbridge.Task) { r.engine.End(tasks) }
