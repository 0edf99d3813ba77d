package scxbridge

import (
	"fmt"
	"math"
	"strings"
	"syscall"
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
		return o, optionError(status, text)
	}
	return fromNative(n), nil
}

// field is an option in Go.
type field struct {
	name string
	unit time.Duration // of what the library has for it; 0: not a time
}

// optionError is the library's error of Open, in which it may name an option, with that option's name and times in Go.
func optionError(status int32, text string) *Error {
	rest, ok := strings.CutPrefix(text, "option ")
	name, reason, _ := strings.Cut(rest, ": ")
	f, known := fields[name]
	if !ok || !known {
		return newError(opOpen, status, text)
	}
	var n, least, most time.Duration
	if found, _ := fmt.Sscanf(reason, "%d is not in %d to %d", &n, &least, &most); found == 3 && f.unit != 0 {
		reason = fmt.Sprintf("%v is not in %v to %v", n*f.unit, least*f.unit, most*f.unit)
	}
	return f.error(status, reason)
}

func (f field) error(status int32, reason string) *Error {
	err := newError(opOpen, status, "Options."+f.name+": "+reason)
	err.Option = f.name
	return err
}

// conversion turns Go's options into C's, and keeps the first error.
type conversion struct{ err error }

func (c *conversion) fail(name, reason string, args ...any) {
	if c.err == nil {
		c.err = field{name: name}.error(-int32(syscall.EINVAL), fmt.Sprintf(reason, args...))
	}
}

func (c *conversion) text(name, v string, to *string) {
	switch {
	case v == "":
	case strings.ContainsRune(v, 0): // C would cut the string there
		c.fail(name, "%q contains a zero byte", v)
	default:
		*to = v
	}
}

func (c *conversion) size(name string, v int, to *uint32) {
	switch {
	case v == 0:
	case v < 0 || uint64(v) > math.MaxUint32:
		c.fail(name, "%d is not in 0 to %d", v, uint32(math.MaxUint32))
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

func duration[T uint32 | uint64](c *conversion, name string, v, unit time.Duration, to *T) {
	switch {
	case v == 0:
	case v%unit != 0:
		c.fail(name, "%v is not a multiple of %v", v, unit)
	case v < 0 || uint64(v/unit) > uint64(^T(0)):
		c.fail(name, "%v is out of range", v)
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
