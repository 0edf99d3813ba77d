package rules

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
	"go.yaml.in/yaml/v3"
)

// schema is a part of the custom resource's.
type schema struct {
	Properties map[string]*schema
	Required   []string
	Enum       []any
	Pattern    string
	Minimum    *int
	Maximum    *int
	MinLength  int `yaml:"minLength"`
	MaxLength  int `yaml:"maxLength"`
	MinItems   int `yaml:"minItems"`
	MaxItems   int `yaml:"maxItems"`
	Items      *schema
	Values     *schema `yaml:"additionalProperties"`
}

// resourceRule is the schema of a rule in the custom resource SchedulingPolicy.
func resourceRule(t *testing.T) (list, rule *schema) {
	t.Helper()
	text, err := os.ReadFile("../../../../packaging/helm/scx-goland/files/schedulingpolicies.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var crd struct {
		Spec struct {
			Versions []struct {
				Schema struct {
					V3 *schema `yaml:"openAPIV3Schema"`
				}
			}
		}
	}
	if err := yaml.Unmarshal(text, &crd); err != nil {
		t.Fatal(err)
	}
	list = crd.Spec.Versions[0].Schema.V3.Properties["spec"].Properties["rules"]
	return list, list.Items
}

// judge parses a rule, and returns what is wrong with it and the known names that a message may suggest.
func judge(t *testing.T, rule map[string]any) (faults []Fault, known []string) {
	t.Helper()
	text, err := json.Marshal(rule)
	if err != nil {
		t.Fatal(err)
	}
	o := ParseOptions{
		User:    func(string) (uint32, error) { return 0, nil },
		Suggest: func(_ string, names []string) string { known = slices.Clone(names); return "" },
	}
	_, faults = ParsePolicy("p", []json.RawMessage{text}, o)
	return faults, known
}

func keys(s *schema) []string { return slices.Sorted(maps.Keys(s.Properties)) }

// withMatch and withEffects are good rules but for what is given.
func withMatch(key string, value any) map[string]any {
	return map[string]any{"name": "r", "match": map[string]any{key: value}, "effects": map[string]any{"weight": 1}}
}

func withEffects(key string, value any) map[string]any {
	return map[string]any{"name": "r", "match": map[string]any{"comm": "x"}, "effects": map[string]any{key: value}}
}

// The custom resource knows what the agent knows: the same keys, words and limits.
func TestResourceFitsTheParser(t *testing.T) {
	list, rule := resourceRule(t)
	match, effects := rule.Properties["match"], rule.Properties["effects"]
	for what, of := range map[string]struct {
		wrong  map[string]any
		schema *schema
	}{
		"a rule":  {map[string]any{"?": 1}, rule},
		"match":   {withMatch("?", 1), match},
		"effects": {withEffects("?", 1), effects},
	} {
		_, known := judge(t, of.wrong)
		slices.Sort(known)
		if !slices.Equal(known, keys(of.schema)) {
			t.Errorf("%s: the agent knows the keys\n%q, the resource\n%q", what, known, keys(of.schema))
		}
	}
	for key, s := range effects.Properties {
		switch {
		case key == "leave-to-kernel":
		case len(s.Enum) > 0:
			if _, known := judge(t, withEffects(key, "?")); fmt.Sprint(known) != fmt.Sprint(s.Enum) {
				t.Errorf("%s: the agent knows %q, the resource %q", key, known, s.Enum)
			}
		case s.Minimum != nil:
			for value, good := range map[int]bool{*s.Minimum - 1: false, *s.Minimum: true, *s.Maximum: true, *s.Maximum + 1: false} {
				if faults, _ := judge(t, withEffects(key, value)); (len(faults) == 0) != good {
					t.Errorf("%s: %d: %v", key, value, faults)
				}
			}
		case s.Pattern == "":
			t.Errorf("%s: the resource says nothing about its value", key)
		}
	}
	if list.MaxItems != agentsocket.MaxPolicyRules || list.MinItems != 1 {
		t.Errorf("a policy has %d to %d rules", list.MinItems, list.MaxItems)
	}
	for _, key := range rule.Required {
		r := withMatch("comm", "x")
		delete(r, key)
		if faults, _ := judge(t, r); len(faults) == 0 {
			t.Errorf("the resource needs %s, the agent does not", key)
		}
	}

	longest := func(what string, s *schema, rule func(value any) map[string]any) {
		for value, good := range map[string]bool{
			strings.Repeat("/", s.MinLength-1): false, "/" + strings.Repeat("x", s.MaxLength-1): true, "/" + strings.Repeat("x", s.MaxLength): false,
		} {
			if faults, _ := judge(t, rule(value)); (len(faults) == 0) != good {
				t.Errorf("%s: %d bytes: %v", what, len(value), faults)
			}
		}
	}
	most := func(what string, s *schema, rule func(value any) map[string]any) {
		for n, good := range map[int]bool{s.MinItems - 1: false, s.MaxItems: true, s.MaxItems + 1: false} {
			if faults, _ := judge(t, rule(slices.Repeat([]string{"/x"}, n))); (len(faults) == 0) != good {
				t.Errorf("%s: %d values: %v", what, n, faults)
			}
		}
	}
	longest("name", rule.Properties["name"], func(value any) map[string]any {
		r := withMatch("comm", "x")
		r["name"] = value
		return r
	})
	for key, s := range match.Properties {
		of := func(value any) map[string]any { return withMatch(key, value) }
		if key == "labels" {
			s, of = s.Values, func(value any) map[string]any { return withMatch(key, map[string]any{"app": value}) }
		}
		most(key, s, of)
		if key != "user" { // which has no pattern
			longest(key, s, of)
		}
	}
}
