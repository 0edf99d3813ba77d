package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// schedExt is SCHED_EXT of linux/sched.h.
const schedExt = 7

func (a *agent) execCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "exec (-- COMMAND [ARGUMENT...] | --pid PID)",
		Short: "run a program, or move a process, under SCHED_EXT, for --partial",
	}
	pid := c.Flags().Int("pid", 0, "move all threads of this process")
	c.Flags().SetInterspersed(false)
	c.RunE = func(c *cobra.Command, args []string) error {
		byPID := c.Flags().Changed("pid")
		switch {
		case byPID == (len(args) > 0):
			return usageError{errors.New("exec: give either -- and a command, or --pid")}
		case byPID && *pid <= 0:
			return usageError{fmt.Errorf("exec: --pid: %d is no process", *pid)}
		case byPID:
			return a.moveProcess(*pid)
		}
		return a.startProgram(args)
	}
	return c
}

// startProgram becomes the program. It and its children keep the policy.
func (a *agent) startProgram(args []string) error {
	path, err := exec.LookPath(args[0])
	if err != nil {
		return fmt.Errorf("exec: %w", err)
	}
	runtime.LockOSThread() // the thread that calls exec becomes the program
	defer runtime.UnlockOSThread()
	if err := a.policyOf(0); err != nil {
		return fmt.Errorf("exec: give SCHED_EXT to this process: %w", whyNoExt(err))
	}
	return fmt.Errorf("exec: run %s: %w", path, a.exec(path, args, a.environ))
}

// moveProcess gives SCHED_EXT to all threads of a process. Threads that start meanwhile have the policy of the thread
// that starts them, so it goes on until it finds no new one.
func (a *agent) moveProcess(pid int) error {
	folder := filepath.Join(a.root, "proc", strconv.Itoa(pid), "task")
	moved := map[string]bool{}
	for {
		threads, err := os.ReadDir(folder)
		if err != nil {
			return fmt.Errorf("exec: list the threads of process %d: %w", pid, err)
		}
		news := 0
		for _, thread := range threads {
			tid, err := strconv.Atoi(thread.Name())
			if err != nil || moved[thread.Name()] {
				continue
			}
			switch err := a.policyOf(tid); {
			case errors.Is(err, syscall.ESRCH): // it has ended
			case err != nil:
				return fmt.Errorf("exec: give SCHED_EXT to thread %d of process %d: %w", tid, pid, whyNoExt(err))
			}
			moved[thread.Name()] = true
			news++
		}
		if news == 0 {
			return nil
		}
	}
}

func whyNoExt(err error) error {
	switch {
	case errors.Is(err, syscall.EINVAL):
		return fmt.Errorf("%w; this kernel has no sched_ext: see scx_goland check", err)
	case errors.Is(err, syscall.EPERM):
		return fmt.Errorf("%w; it belongs to another user, or has a real-time policy: try as root", err)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%w; the active scheduler does not take it", err)
	}
	return err
}

// setExt keeps the nice value, which sched_setattr would set anew.
func setExt(tid int) error {
	attr, err := unix.SchedGetAttr(tid, 0)
	if err != nil {
		return err
	}
	return unix.SchedSetAttr(tid, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: schedExt, Nice: attr.Nice, Flags: attr.Flags & unix.SCHED_FLAG_RESET_ON_FORK}, 0)
}
