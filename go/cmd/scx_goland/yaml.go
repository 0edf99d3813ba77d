package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/rules"
	"go.yaml.in/yaml/v3"
)

// A configuration of more is a mistake, and costs memory to parse.
const fileMax = 1 << 20

// parseFile reads a file of options: one mapping, from the options' names to plain values, and the list of rules. It returns
// all faults, each with its line, and what has none.
func parseFile(path string, text []byte, known []string) (entries []entry, list *rules.Set, wrong faults) {
	no := func(line int, format string, args ...any) {
		wrong = append(wrong, fmt.Sprintf("%s:%d: %s", path, line, fmt.Sprintf(format, args...)))
	}
	if len(text) > fileMax {
		no(1, "the file has %d bytes, more than %d", len(text), fileMax)
		return nil, nil, wrong
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil, nil // nothing, or only comments
	} else if err != nil {
		line, reason := lineIn(err)
		no(line, "not YAML: %s", reason)
		return nil, nil, wrong
	}
	if len(doc.Content) != 1 || doc.Content[0].Tag == "!!null" {
		return nil, nil, nil
	}
	body := doc.Content[0]
	if body.Kind != yaml.MappingNode {
		no(body.Line, "this is no list of options, such as \"slice: 5ms\"")
		return nil, nil, wrong
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(body.Content); i += 2 {
		key, value := body.Content[i], body.Content[i+1]
		name := key.Value
		switch {
		case settings[name].commandLine:
			no(key.Line, "%s is for the command line only", name)
		case name != rulesKey && !slices.Contains(known, name):
			no(key.Line, "unknown option %q%s", name, didYouMean(name, append(slices.Clip(known), rulesKey)))
		case seen[name] > 0:
			no(key.Line, "%s is set a second time, first in line %d", name, seen[name])
		case name == rulesKey:
			seen[name] = key.Line
			var bad faults
			list, bad = parseRules(path, value)
			wrong = append(wrong, bad...)
		case !plain(value):
			no(key.Line, "%s needs one plain value", name)
		default:
			seen[name] = key.Line
			entries = append(entries, entry{name, value.Value, origin{fmt.Sprintf("%s:%d", path, key.Line), name, value.Value}})
		}
	}
	var second yaml.Node
	if err := decoder.Decode(&second); err != nil && !errors.Is(err, io.EOF) {
		line, reason := lineIn(err)
		no(line, "not YAML: %s", reason)
	} else if err == nil {
		no(max(second.Line, 1), "a second document; the options are one")
	}
	return entries, list, wrong
}

// plain reports whether a value is one text. The option's type says how to read it, not YAML.
func plain(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag != "!!null" && n.Anchor == "" && n.Style&yaml.TaggedStyle == 0
}

var parserSays = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)

// lineIn takes the line out of the parser's text.
func lineIn(err error) (int, string) {
	said := parserSays.FindStringSubmatch(err.Error())
	if said == nil {
		return 1, err.Error()
	}
	line, _ := strconv.Atoi(said[1])
	return max(line, 1), said[2]
}
