package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland_kube/api/v1alpha1"
	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
)

var someTime = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)

func TestStatusOf(t *testing.T) {
	a := &agentsocket.PolicyAnswer{Name: "web", Generation: 3, Accepted: true, Rules: []agentsocket.RuleAnswer{{Name: "front", MatchedTasks: 5, MatchedProcesses: 2}}}
	for i := range 12 {
		a.Conflicts = append(a.Conflicts, fmt.Sprint("conflict ", i))
	}
	s := statusOf("n1", 4, a, "", someTime)
	if len(s.Conflicts) != 11 || s.Conflicts[10] != "and 2 more: see scx_goland check there" || len(a.Conflicts) != 12 || a.Conflicts[10] != "conflict 10" {
		t.Error(s.Conflicts)
	}
	s.Conflicts = nil
	text, err := json.Marshal(s)
	want := `{"name":"n1","observedGeneration":3,"accepted":true,"rules":[{"name":"front","matchedTasks":5,"matchedProcesses":2}],"readAt":"2026-01-02T03:04:05Z"}`
	if err != nil || string(text) != want {
		t.Errorf("%s, %v", text, err)
	}
	s = statusOf("n1", 4, nil, strings.Repeat("é", 2000), someTime)
	if s.Accepted || s.ObservedGeneration != 4 || len(s.Message) != 2*messageMax+4 {
		t.Errorf("%+v", s)
	}
}

func TestCompare(t *testing.T) {
	entry := func(change func(*v1alpha1.NodeStatus)) *v1alpha1.NodeStatus {
		s := statusOf("n1", 3, &agentsocket.PolicyAnswer{
			Generation: 3, Accepted: true, Rules: []agentsocket.RuleAnswer{{Name: "a", MatchedTasks: 1}, {Name: "b"}}, Conflicts: []string{"x"},
		}, "", someTime)
		change(s)
		return s
	}
	was := entry(func(*v1alpha1.NodeStatus) {})
	for i, c := range []struct {
		change func(*v1alpha1.NodeStatus)
		want   difference
	}{
		{func(*v1alpha1.NodeStatus) {}, same},
		{func(s *v1alpha1.NodeStatus) { s.ReadAt.Time = someTime.Add(time.Minute) }, same},
		{func(s *v1alpha1.NodeStatus) { s.ReadAt.Time = someTime.Add(2 * time.Hour) }, counts},
		{func(s *v1alpha1.NodeStatus) { s.Rules[1].MatchedTasks = 9 }, counts},
		{func(s *v1alpha1.NodeStatus) { s.Rules[1].Name = "c" }, anything},
		{func(s *v1alpha1.NodeStatus) { s.Rules = s.Rules[:1] }, anything},
		{func(s *v1alpha1.NodeStatus) { s.ObservedGeneration = 4 }, anything},
		{func(s *v1alpha1.NodeStatus) { s.Accepted = false }, anything},
		{func(s *v1alpha1.NodeStatus) { s.Message = "m" }, anything},
		{func(s *v1alpha1.NodeStatus) { s.Conflicts = nil }, anything},
	} {
		if got := compare(entry(c.change), was); got != c.want {
			t.Errorf("case %d: %v, not %v", i, got, c.want)
		}
	}
	if compare(nil, was) != anything || compare(was, nil) != anything || compare(nil, nil) != same {
		t.Error("entries that are not there")
	}
}

func TestOwnStatus(t *testing.T) {
	p := policy(t, "web", `{rules: [`+frontRule+`]}
status: {nodes: [{name: n2, accepted: false}, {name: n1, accepted: true, observedGeneration: 3, readAt: "2026-01-02T03:04:05Z", rules: [{name: a, matchedTasks: 4, matchedProcesses: 2}]}]}`)
	if s := ownStatus(p, "n1"); s == nil || !s.Accepted || s.ObservedGeneration != 3 || s.Rules[0].MatchedTasks != 4 || !s.ReadAt.Equal(&s.ReadAt) || s.ReadAt.Unix() != 1767323045 {
		t.Errorf("%+v", s)
	}
	if s := ownStatus(p, "n3"); s != nil {
		t.Errorf("%+v", s)
	}
	if s := ownStatus(policy(t, "web", "{}\nstatus: {nodes: [{name: n1, readAt: nonsense}]}"), "n1"); s == nil || s.Accepted {
		t.Errorf("%+v", s)
	}
}

func TestManager(t *testing.T) {
	if got := manager("n1"); got != "scx_goland_kube-n1" {
		t.Error(got)
	}
	long := manager(strings.Repeat("n", 253))
	if len(long) > 128 || long == manager(strings.Repeat("n", 252)+"m") {
		t.Error(long)
	}
}
