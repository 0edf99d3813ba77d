package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/scxbridge/scxbridge/go/internal/clock"
)

// What one agent leaves to the next one of the same service, in a folder that lives as long as the service is
// started or starts again. Without systemd there is none.

// Ejected so often in this time, the scheduler is not started again.
const (
	ejectionsAllowed = 4
	ejectionsWithin  = 5 * time.Minute
)

// handover is the folder's file, or nothing.
func (a *agent) handover(name string) string {
	for _, folder := range strings.Split(a.variable("RUNTIME_DIRECTORY"), ":") {
		if filepath.Base(folder) == "scx_goland" {
			return filepath.Join(folder, name)
		}
	}
	return ""
}

// sinceBoot also counts while the machine sleeps.
func sinceBoot() time.Duration {
	return time.Duration(clock.Read(clock.Boottime))
}

// ejected counts one more ejection, over all agents of this service, and reports whether these are too many.
func (a *agent) ejected(now time.Duration) (tooOften bool) {
	file := a.handover("ejections")
	if file == "" {
		return false
	}
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		a.say(warning, "count the ejections: %v", err)
	}
	var recent []string
	for _, line := range strings.Fields(string(text)) {
		at, err := strconv.ParseInt(line, 10, 64)
		if age := now - time.Duration(at); err == nil && age >= 0 && age < ejectionsWithin {
			recent = append(recent, line)
		}
	}
	recent = append(recent, fmt.Sprint(int64(now)))
	if len(recent) > ejectionsAllowed {
		// Whoever starts it by hand has seen to it.
		err = os.Remove(file)
		tooOften = true
	} else {
		err = os.WriteFile(file, []byte(strings.Join(recent, "\n")+"\n"), 0o600)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		a.say(warning, "count the ejections: %v", err)
	}
	return tooOften
}

// leaveName notes the scheduler's name: the configuration may have another one when it is to be detached.
func (a *agent) leaveName(name string) {
	if file := a.handover("name"); file != "" {
		if err := os.WriteFile(file, []byte(name+"\n"), 0o600); err != nil {
			a.say(warning, "note the scheduler's name: %v", err)
		}
	}
}

// leftName is the name that the agent before noted, or nothing.
func (a *agent) leftName() string {
	file := a.handover("name")
	if file == "" {
		return ""
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
