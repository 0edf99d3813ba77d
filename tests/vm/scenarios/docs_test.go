package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of the scenarios into docs/testing.md")

const (
	docsFile  = "../../../docs/testing.md"
	docsBegin = "<!-- begin: make scenario-docs -->\n"
	docsEnd   = "<!-- end: make scenario-docs -->\n"
)

// The table in docs/testing.md is made from the scenarios' own fields.
func TestScenariosAreDocumented(t *testing.T) {
	text, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(text), docsBegin)
	table, after, ends := strings.Cut(rest, docsEnd)
	if !begins || !ends {
		t.Fatalf("%s has no place for the table, between %q and %q", docsFile, docsBegin, docsEnd)
	}
	want := docsTable(scenarios)
	if *update {
		if err := os.WriteFile(docsFile, []byte(before+docsBegin+want+docsEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if table != want {
		t.Errorf("the table in docs/testing.md is not what the scenarios say: run `make scenario-docs` and commit it")
	}
}

// docsTable has a row for each scenario, which also names the further machines that it runs on.
func docsTable(all map[string]Scenario) string {
	table := "| scenario | where | its promise |\n| --- | --- | --- |\n"
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if name != base(name) {
			continue
		}
		s := all[name]
		table += fmt.Sprintf("| `%s` | %s | %s |\n", name, strings.Join(docsWhere(s), ", "), strings.ReplaceAll(s.Doc, "|", "\\|"))
	}
	return table
}

// docsWhere says on which kernels and machines it runs, besides the newest kernel on the usual machine.
func docsWhere(s Scenario) []string {
	var where []string
	switch s.Kernels {
	case everyKernel:
		where = append(where, "kernels")
	case bothEnds:
		where = append(where, "ends")
	}
	switch {
	case s.Shape.Name != "":
		where = append(where, "`"+s.Shape.Name+"`")
	case s.Shape.Append != "":
		where = append(where, "`"+s.Shape.Append+"`")
	}
	for _, shape := range s.Shapes {
		where = append(where, "`@"+shape.Name+"`")
	}
	if s.Last {
		where = append(where, "last")
	}
	return where
}

func TestDocsTable(t *testing.T) {
	table := docsTable(map[string]Scenario{
		"b":     {Name: "b", Doc: "second", Kernels: everyKernel, Shapes: []Shape{smt}},
		"b@smt": {Name: "b@smt", Doc: "second"},
		"a":     {Name: "a", Doc: "first | really", Kernels: bothEnds, Shape: Shape{Append: "x=1"}, Last: true},
	})
	want := "| scenario | where | its promise |\n| --- | --- | --- |\n" +
		"| `a` | ends, `x=1`, last | first \\| really |\n| `b` | kernels, `@smt` | second |\n"
	if table != want {
		t.Errorf("docsTable() =\n%s, want\n%s", table, want)
	}
}
