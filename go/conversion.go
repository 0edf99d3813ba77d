package scxbridge

import (
	"math"
	"strings"
	"time"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

// GraceImmediate as Options.Grace: a parked task does not wait for its decision
// if a CPU is free for it.
const GraceImmediate time.Duration = -1

// DefaultOptions returns the linked library's defaults, each one spelled out.
func DefaultOptions() Options { return fromNative(capi.Defaults()) }

// WithDefaults returns the options with each default spelled out. It fails with ErrInvalid if an
// option is out of its range, as [Open] would, and needs neither root nor sched_ext.
func (o Options) WithDefaults() (Options, error) {
	n, err := o.native(capi.Defaults())
	if err != nil {
		return o, err
	}
	if status, text := capi.CheckOptions(n); status < 0 {
		return o, newError(opOpen, status, inGo(text))
	}
	return fromNative(n), nil
}

// inGo replaces an option's name in the library's text with its name in Go.
func inGo(text string) string {
	rest, ok := strings.CutPrefix(text, "option ")
	if !ok {
		return text
	}
	name, rest, _ := strings.Cut(rest, ":")
	return "Options." + fields[name] + " (" + name + "):" + rest
}

// conversion turns Go's options into C's, and keeps the first error.
type conversion struct{ err error }

func (c *conversion) fail(field string, value any) {
	if c.err == nil {
		c.err = invalid(opOpen, "option %s: %v is out of range", field, value)
	}
}

func (c *conversion) text(field, v string, to *string) {
	switch {
	case v == "":
	case strings.ContainsRune(v, 0): // C would cut the string there
		c.fail(field, v)
	default:
		*to = v
	}
}

func (c *conversion) size(field string, v int, to *uint32) {
	switch {
	case v == 0:
	case v < 0 || uint64(v) > math.MaxUint32:
		c.fail(field, v)
	default:
		*to = uint32(v)
	}
}

func (c *conversion) flag(on bool, flags *uint32, bit uint32) {
	if on {
		*flags |= bit
	} else {
		*flags &^= bit
	}
}

func duration[T uint32 | uint64](c *conversion, field string, v, unit time.Duration, to *T) {
	switch {
	case v == 0:
	case v < 0 || v%unit != 0 || uint64(v/unit) > uint64(^T(0)):
		c.fail(field, v)
	default:
		*to = T(v / unit)
	}
}

func orDefault(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
