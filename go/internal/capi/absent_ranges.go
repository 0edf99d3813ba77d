//go:build !cgo || !linux

package capi

import (
	"fmt"
	"os"
	"strings"
)

// The checks that rust/options.toml names, as rust/config.rs has them. TestOptionsOutOfRange of the public package
// holds both to the same words: `make test-unit` runs it with the library and without.

// validateName is for the option name; an empty one is the default.
func validateName(name string) string {
	const longest = 127
	odd := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '.')
	}
	dots := name != "" && strings.Trim(name, ".") == ""
	if !dots && len(name) <= longest && !strings.ContainsFunc(name, odd) {
		return ""
	}
	return fmt.Sprintf("option name: %q is not 1 to %d of letters, digits, '_' and '.'", name, longest)
}

func inRange(option string, value, least, most uint64) string {
	if least <= value && value <= most {
		return ""
	}
	return fmt.Sprintf("option %s: %d is not in %d to %d", option, value, least, most)
}

func ringSize(option string, value uint32) string {
	const most = 64 << 20
	least := uint32(os.Getpagesize())
	if value&(value-1) == 0 && least <= value && value <= most {
		return ""
	}
	return fmt.Sprintf("option %s: %d is not a power of two from %d to %d", option, value, least, most)
}
