package cgroup

import "strings"

// parseUnits finds the systemd units of a path.
func parseUnits(path string) (slice, unit, userUnit string) {
	slice, unit, rest := nextUnit(path)
	if strings.HasPrefix(unit, "user@") && strings.HasSuffix(unit, ".service") {
		_, userUnit, _ = nextUnit(rest)
	}
	return slice, unit, userUnit
}

// nextUnit passes over slices. It returns the last of them, the unit that
// follows, if one does, and the path after that.
func nextUnit(path string) (slice, unit, rest string) {
	for path != "" {
		var name string
		name, path = component(path)
		name = strings.TrimPrefix(name, "_")
		switch suffix := unitSuffix(name); suffix {
		case "slice":
			slice = name
		case "service", "scope", "socket", "mount", "swap":
			return slice, name, path
		default:
			return slice, "", ""
		}
	}
	return slice, "", ""
}

// unitSuffix returns what follows the last dot of a unit's name, and "" if
// the name cannot be a unit's.
func unitSuffix(name string) string {
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 {
		return ""
	}
	for i := range len(name) {
		c := name[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && strings.IndexByte(`:-_.\@`, c) < 0 {
			return ""
		}
	}
	return name[dot+1:]
}
