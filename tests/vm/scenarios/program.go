package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// `make vm-run` runs a scheduler of the user's own in the machine. The loads, and the table, are the demo's.

// How long it may take a program to end when it was asked to, or when its scheduler was ended.
const programPatience = 30 * time.Second

func tryProgram(loads, seconds, script string) int {
	// Children die with the thread that started them: see child.
	runtime.LockOSThread()
	wanted, err := chosenLoads(loads)
	if err != nil {
		return cannotTry(err)
	}
	duration, err := strconv.Atoi(seconds)
	if err != nil || duration < 1 {
		return cannotTry(fmt.Errorf("SECONDS=%s is not a whole number of seconds from 1 on", seconds))
	}
	text, err := url.PathUnescape(script)
	if err != nil {
		return cannotTry(fmt.Errorf("understand the command %q: %w", script, err))
	}
	if why := demoObstacle(); why != "" {
		return cannotTry(fmt.Errorf("%s", why))
	}
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer release()
	d := &demonstration{T: &T{began: time.Now(), interrupted: ctx.Done()}, ctx: ctx, phases: 2, loads: wanted, seconds: duration}
	return d.whole(func() { d.tryProgram(text) })
}

func cannotTry(why error) int {
	fmt.Fprintln(os.Stderr, "vm-run:", why)
	return exitCannotRun
}

// chosenLoads understands names with commas between them; all are all of them.
func chosenLoads(names string) ([]string, error) {
	if names == "all" {
		return demoLoads, nil
	}
	chosen := strings.Split(names, ",")
	for _, name := range chosen {
		if !slices.Contains(demoLoads, name) {
			return nil, fmt.Errorf("LOAD=%s: there is no load %q; there is: %s, several with commas, and all",
				names, name, strings.Join(demoLoads, ", "))
		}
	}
	return chosen, nil
}

func (d *demonstration) tryProgram(script string) {
	fmt.Printf("kernel %s, %d CPUs; loads: %s, %d s each time\n", kernelRelease(), runtime.NumCPU(), strings.Join(d.loads, ", "), d.seconds)
	before := d.underKernel()

	d.title("your program")
	cmd := exec.Command("sh", "-c", script)
	// Shown as it comes.
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stdout
	program := d.child(cmd, syscall.SIGKILL)
	d.Cleanup(func() { endAgent(program) })
	d.Await(demoPatience, "the program has attached a scheduler", func() bool {
		if !program.running() && extState("state") != "enabled" {
			d.Fatalf("your program ended before it attached a scheduler: %s", fate(program))
		}
		return extState("state") == "enabled"
	})
	ops := extState("root/ops")
	fmt.Printf("the scheduler is %s\n", ops)
	after := d.measure(func() { d.expectAttached(program, ops) })
	d.expectAttached(program, ops)

	program.signal(syscall.SIGINT)
	select {
	case <-program.done:
	case <-time.After(programPatience):
		d.Fatalf("your program did not end within %v of SIGINT", programPatience)
	}
	d.Await(demoPatience, "sched_ext is disabled again", func() bool { return extState("state") == "disabled" })
	fmt.Printf("\nyour program: %s\n%v\n\n", fate(program), after)
	fmt.Print(comparison([]figures{before}, []figures{after}, ops, d.loads))
	if program.cmd.ProcessState.ExitCode() != 0 {
		d.Errorf("your program did not succeed: %s", fate(program))
	}
}

// expectAttached fails if the scheduler is gone, after the program had the time to say why.
func (d *demonstration) expectAttached(program *process, ops string) {
	if extState("state") == "enabled" && extState("root/ops") == ops {
		return
	}
	select {
	case <-program.done:
		d.Fatalf("the scheduler %s was ended, and so was your program: %s. The kernel's messages say why", ops, fate(program))
	case <-time.After(programPatience):
		d.Fatalf("the kernel ended the scheduler %s, and your program runs on. The kernel's messages say why", ops)
	}
}

// fate says how a program that has ended did so.
func fate(p *process) string {
	<-p.done
	text := p.cmd.ProcessState.String()
	switch p.cmd.ProcessState.ExitCode() {
	case 126, 127:
		text += ": it was not found, or is no program. The machine has the host's files, but for those in /tmp and /run"
	}
	return text
}
