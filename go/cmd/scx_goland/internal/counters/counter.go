// Package counters lists the statistics of the library with what they mean, for all who show them.
package counters

import scxbridge "github.com/scxbridge/scxbridge/go"

// Counter is a field of [scxbridge.Stats].
type Counter struct {
	Name  string // as in JSON; of a time it ends in _ns
	Grows bool   // else it is a value of this moment
	Help  string
	Value func(*scxbridge.Stats) uint64
}

// Help returns what a counter means, or nothing if there is none of that name.
func Help(name string) string {
	for _, c := range All {
		if c.Name == name {
			return c.Help
		}
	}
	return ""
}
