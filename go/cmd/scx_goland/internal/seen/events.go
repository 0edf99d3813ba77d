package seen

import (
	"os"
	"slices"
	"strconv"
	"strings"
)

// eventsMax is more than any kernel has.
const eventsMax = 64

// readEvents reads sched_ext's own counters. Kernels before 6.15 have none.
func readEvents(path string) []Event {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return parseEvents(string(text))
}

// parseEvents reads lines such as "SCX_EV_SELECT_CPU_FALLBACK 3". What is no such line is left out.
func parseEvents(text string) []Event {
	var events []Event
	for _, line := range strings.Split(text, "\n") {
		name, number, _ := strings.Cut(line, " ")
		name, is := strings.CutPrefix(name, "SCX_EV_")
		count, err := strconv.ParseUint(number, 10, 64)
		name = strings.ToLower(name)
		known := slices.ContainsFunc(events, func(e Event) bool { return e.Name == name })
		if !is || !isName(name) || err != nil || known || len(events) == eventsMax {
			continue
		}
		events = append(events, Event{name, count})
	}
	return events
}

func isName(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}
