package rules

import (
	"encoding/json"
	"strings"
	"testing"
)

func rawRules(t *testing.T, texts ...string) (list []json.RawMessage) {
	t.Helper()
	for _, text := range texts {
		if !json.Valid([]byte(text)) {
			t.Fatalf("%s is no JSON", text)
		}
		list = append(list, json.RawMessage(text))
	}
	return list
}

// Who wrote "on" without quotes gets true, which is not what a pod's label has.
func TestBooleanInPolicy(t *testing.T) {
	for match, bad := range map[string]bool{
		`{"labels":{"debug":true}}`:              true,
		`{"labels":{"debug":["a",false]}}`:       true,
		`{"comm":[true]}`:                        true,
		`{"labels":{"debug":["a","false"]}}`:     false,
		`{"labels":{"debug":1},"comm":"true"}`:   false,
		`{"user":[70],"labels":{"debug":"yes"}}`: false,
	} {
		_, wrong := ParsePolicy("p", rawRules(t, `{"name":"r","match":`+match+`,"effects":{"weight":50}}`), testOptions)
		if told := len(wrong) == 1 && strings.Contains(wrong[0].Text, "put it into quotes"); told != bad || !bad && len(wrong) > 0 {
			t.Errorf("%s: %v", match, wrong)
		}
	}
}

func TestPolicies(t *testing.T) {
	file := mustParse(t, "[{name: first, match: {comm: init}, effects: {weight: 50}}]")
	web, wrong := ParsePolicy("web", rawRules(t,
		`{"name":"front","match":{"labels":{"app":"web","on":"true"},"user":[70,"postgres"]},"effects":{"weight":400}}`,
		`{"name":"a<b>\u00e9","match":{"cmdline-regexp":"^\"x\\\\y\"$"},"effects":{"slice":"5ms"}}`), testOptions)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	batch, wrong := ParsePolicy("batch", rawRules(t, `{"name":"front","match":{"comm":"init"},"effects":{"weight":10}}`), testOptions)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	all := Join(file, web, batch)
	var names []string
	for _, r := range all.Rules {
		names = append(names, r.Name+" in "+r.Place())
	}
	if got := strings.Join(names, "; "); got != "first in line 1; web/front in policy web; web/a<b>é in policy web; batch/front in policy batch" {
		t.Error(got)
	}
	if r := all.Rules[1]; r.Effects.Weight != 400 || len(r.Match.Labels) != 2 || len(r.Match.UIDs) != 2 {
		t.Errorf("%+v", r)
	}
	if !all.Rules[2].matchesProcess(&Process{Cmdline: `"x\y"`}) {
		t.Error("an expression lost its quotes")
	}
	if !all.NeedsPods() || file.NeedsPods() || batch.NeedsPods() || (*Set)(nil).NeedsPods() {
		t.Error("which rules need pods?")
	}
	if all.Equal(Join(file, batch, web)) || !all.Equal(Join(file, web, batch)) || !Join(nil, file).Equal(file) || Join(nil, nil).Len() != 0 {
		t.Error("which sets are equal?")
	}
	if got := all.ConflictsOf("web", true); len(got) != 0 {
		t.Error(got)
	}
	want := `policy batch: rule "batch/front": it can never match: rule "first" in line 1 matches all that it does, and comes first`
	if got := strings.Join(all.ConflictsOf("batch", true), "\n"); got != want {
		t.Error(got)
	}
	if got := all.ConflictsOf("web", false); len(got) != 1 || !strings.Contains(got[0], "only with Kubernetes") {
		t.Error(got)
	}
}

func TestPoliciesWithFaults(t *testing.T) {
	for text, want := range map[string]string{
		`{"name":"a","match":{"comm":"x"},"effects":{"wieght":1}}`:                    `rule "a": unknown key "wieght" in effects`,
		`{"match":{"comm":"x"},"effects":{"weight":1}}`:                               "rule 1: ",
		`{"name":"a","match":{"comm":null},"effects":{}}`:                             `rule "a": `,
		`{"name":"a","match":{"comm":{"x":1}},"effects":{"weight":1}}`:                `rule "a": comm needs plain values`,
		`{"name":"a","name":"b","match":{"comm":"x"},"effects":{"weight":1}}`:         "is set a second time",
		`{"name":"a","match":{"comm":"x"},"effects":{"weight":1},"when":"nonsense("}`: `rule "a": when:`,
		`"text"`: "rule 1: a rule needs keys and values",
		`[]`:     "rule 1: a rule needs keys and values",
		`null`:   "rule 1: a rule needs keys and values",
	} {
		set, wrong := ParsePolicy("web", rawRules(t, text), testOptions)
		if set != nil || len(wrong) == 0 || !strings.HasPrefix(wrong[0].Text, want) && !strings.Contains(wrong[0].Text, want) {
			t.Errorf("%s: %v, want %q", text, wrong, want)
		}
	}
	if _, wrong := ParsePolicy("web", rawRules(t, `{"name":"a","match":{"comm":"x"},"effects":{"weight":1}}`,
		`{"name":"a","match":{"comm":"y"},"effects":{"weight":1}}`), testOptions); len(wrong) != 1 || !strings.Contains(wrong[0].Text, "another rule has that name") {
		t.Error(wrong)
	}
}

func FuzzParsePolicy(f *testing.F) {
	f.Add(`{"name":"front","match":{"labels":{"app":"web"}},"effects":{"weight":400}}`)
	f.Add("{\"name\":\"\\u0000\",\"match\":{\"comm\":\"\u2028*\"}}")
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) {
			return
		}
		set, wrong := ParsePolicy("p", []json.RawMessage{json.RawMessage(text)}, testOptions)
		if (set == nil) == (len(wrong) == 0) {
			t.Errorf("%v, %v", set, wrong)
		}
		if set != nil && (len(set.Rules) != 1 || !strings.HasPrefix(set.Rules[0].Name, "p/") || set.Rules[0].Policy != "p") {
			t.Errorf("%q: %+v", text, set.Rules)
		}
	})
}
