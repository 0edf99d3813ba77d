package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Each row of docs/reliability.md names scenarios that exist.
func TestReliabilityTable(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, line := range strings.Split(string(doc), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || strings.Contains(line, "---") || strings.Contains(line, "| scenario |") {
			continue
		}
		rows++
		names := regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(cells[3], -1)
		if len(names) == 0 {
			t.Errorf("no scenario in %q", line)
		}
		for _, name := range names {
			if _, there := scenarios[name[1]]; !there {
				t.Errorf("docs/reliability.md promises the scenario %q, which does not exist", name[1])
			}
		}
	}
	if rows < 10 {
		t.Errorf("only %d rows were found", rows)
	}
}

// docs/testing.md lists all scenarios.
func TestScenariosAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range scenarios {
		if !strings.Contains(string(doc), "`"+name+"`") {
			t.Errorf("docs/testing.md does not know the scenario %q", name)
		}
	}
}
