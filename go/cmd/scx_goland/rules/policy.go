package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// ParsePolicy reads the rules of a SchedulingPolicy: like [Parse], from JSON. Their names get the policy's before them, which
// has no "/" in it. Lines mean nothing here.
func ParsePolicy(policy string, list []json.RawMessage, o ParseOptions) (*Set, []Fault) {
	text := append([]byte{'['}, bytes.Join(rawBytes(list), []byte{','})...)
	// JSON is YAML.
	var doc yaml.Node
	if err := yaml.Unmarshal(append(text, ']'), &doc); err != nil {
		return nil, []Fault{{1, fmt.Sprintf("rules: not understood: %v", err)}}
	}
	o.json = true
	set, wrong := Parse(doc.Content[0], o)
	if len(wrong) > 0 {
		return nil, wrong
	}
	for _, r := range set.Rules {
		r.Name, r.Policy = policy+"/"+r.Name, policy
	}
	set.text = policy + "\n" + set.text
	return set, nil
}

func rawBytes(list []json.RawMessage) [][]byte {
	texts := make([][]byte, len(list))
	for i := range list {
		texts[i] = list[i]
	}
	return texts
}

// Join returns the rules of all sets, the first set's first. Sets may be nil.
func Join(sets ...*Set) *Set {
	sets = slices.DeleteFunc(slices.Clone(sets), func(s *Set) bool { return s.Len() == 0 })
	if len(sets) == 1 {
		return sets[0]
	}
	joined := &Set{}
	for _, s := range sets {
		joined.Rules = append(joined.Rules, s.Rules...)
		joined.text += s.text + "\n"
	}
	joined.findNeeds()
	return joined
}
