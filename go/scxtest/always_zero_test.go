package scxtest_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

// The comment of Report.Stats names the counters that stay 0: those that this package never writes.
func TestCountersThatStay0AreNamed(t *testing.T) {
	var code strings.Builder
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(text)
	}
	written := func(field string) bool {
		return regexp.MustCompile(`\b(s|stats)\.` + field + `(\+\+| \+?= )`).MatchString(code.String())
	}

	said := regexp.MustCompile(`(?s)Always 0 are (.*?): what they count`).FindStringSubmatch(code.String())
	if said == nil {
		t.Fatal("Report.Stats does not say what is always 0")
	}
	named := regexp.MustCompile(`[A-Z]\w+`).FindAllString(said[1], -1)

	fields := reflect.VisibleFields(reflect.TypeFor[scxbridge.Stats]())
	for _, field := range fields {
		if is := slices.Contains(named, field.Name); is == written(field.Name) {
			t.Errorf("Report.Stats names %s as always 0: %v; a line writes it: %v", field.Name, is, written(field.Name))
		}
	}
	for _, name := range named {
		if !slices.ContainsFunc(fields, func(f reflect.StructField) bool { return f.Name == name }) {
			t.Errorf("Report.Stats names %s, which is no counter", name)
		}
	}
}
