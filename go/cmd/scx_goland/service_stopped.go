package main

import (
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// A service that stops leaves its scheduler pinned, for the agent that may follow. Whether one does, only the service
// manager knows: ExecStopPost= of the unit asks for what is below, with the variables of systemd.exec(5).

// notRestarted are the exit codes after which a new start would end the same way: RestartPreventExitStatus= of the unit.
var notRestarted = []int{exitUsage, exitEjectedOften, exitCannot}

// serviceStopped detaches the pinned scheduler unless the unit is about to be started again.
func (a *agent) serviceStopped(unit string, configured func() string) error {
	job, err := a.job(unit)
	if err != nil {
		// Stopping must stop; a gap is the lesser evil.
		a.say(warning, "detach: ask whether %s starts again: %v; assuming it does not", unit, err)
		job = "stop"
	}
	if a.startsAgain(job) {
		return nil
	}
	name := a.leftName()
	if name == "" {
		name = configured()
	}
	switch err := a.detach(name); {
	case nonePinned(err):
		return nil
	case err != nil:
		return err
	}
	a.say(notice, "%q is detached, since %s has stopped: the kernel's own scheduler takes over", name, unit)
	return nil
}

// startsAgain tells it from the job that the unit has, if any, and from how the agent ended.
func (a *agent) startsAgain(job string) bool {
	switch job {
	case "":
		code, err := strconv.Atoi(a.variable("EXIT_STATUS"))
		prevented := a.variable("SERVICE_RESULT") == "exit-code" && err == nil && slices.Contains(notRestarted, code)
		return a.variable("SERVICE_RESULT") != "success" && !prevented
	case "stop":
		return false
	}
	return true
}

// jobOf returns the type of the unit's job: restart, stop, or nothing if there is none.
func jobOf(unit string) (string, error) {
	out, err := exec.Command("systemctl", "list-jobs", "--no-legend", "--plain", unit).Output()
	if err != nil {
		return "", err
	}
	return jobIn(string(out), unit), nil
}

// jobIn finds the type in lines of number, unit, type, state.
func jobIn(lines, unit string) string {
	for _, line := range strings.Split(lines, "\n") {
		if words := strings.Fields(line); len(words) >= 3 && words[1] == unit {
			return words[2]
		}
	}
	return ""
}
