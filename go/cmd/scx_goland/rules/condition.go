//go:build !demo

package rules

import (
	"fmt"
	"sync"

	"github.com/google/cel-go/cel"
)

// conditionCost bounds what a condition may cost per task, in CEL's units: about one per operation.
const conditionCost = 100_000

// conditionLength is the longest text of a condition.
const conditionLength = 4096

// condition is a compiled expression of CEL.
type condition struct{ program cel.Program }

// Variables are what a condition can use.
var Variables = []string{
	"comm", "thread", "cmdline", "uid", "cgroup", "slice", "unit", "user_unit",
	"pod_uid", "qos", "runtime", "container", "pod_namespace", "pod_name", "labels",
}

var environment = sync.OnceValues(func() (*cel.Env, error) {
	var options []cel.EnvOption
	for _, name := range Variables {
		kind := cel.StringType
		switch name {
		case "uid":
			kind = cel.IntType
		case "labels":
			kind = cel.MapType(cel.StringType, cel.StringType)
		}
		options = append(options, cel.Variable(name, kind))
	}
	return cel.NewEnv(options...)
})

func newCondition(text string) (*condition, error) {
	if len(text) > conditionLength {
		return nil, fmt.Errorf("the condition has %d bytes, more than %d", len(text), conditionLength)
	}
	env, err := environment()
	if err != nil {
		return nil, fmt.Errorf("prepare CEL: %w", err)
	}
	ast, issues := env.Compile(text)
	if issues.Err() != nil {
		first := issues.Errors()[0]
		return nil, fmt.Errorf("column %d: %s", first.Location.Column()+1, first.Message)
	}
	if ast.OutputType() != cel.BoolType {
		return nil, fmt.Errorf("the condition is of type %s, not bool", ast.OutputType())
	}
	program, err := env.Program(ast, cel.CostLimit(conditionCost))
	if err != nil {
		return nil, err
	}
	return &condition{program}, nil
}

// holds reports whether the condition is true of a task. With an error, such as a label that is not there, it is not.
func (c *condition) holds(t *Subject) (bool, error) {
	g := t.Group
	result, _, err := c.program.Eval(map[string]any{
		"comm": t.Process.Comm, "thread": t.Thread, "cmdline": t.Process.Cmdline, "uid": int64(t.Process.UID),
		"cgroup": g.Path, "slice": g.Owner.Slice, "unit": g.Owner.Unit, "user_unit": g.Owner.UserUnit,
		"pod_uid": g.Owner.PodUID, "qos": string(g.Owner.QoS), "runtime": string(g.Owner.Runtime),
		"container": g.containerName(), "pod_namespace": g.Pod.Namespace, "pod_name": g.Pod.Name, "labels": g.Pod.Labels,
	})
	if err != nil {
		return false, err
	}
	is, _ := result.Value().(bool)
	return is, nil
}
