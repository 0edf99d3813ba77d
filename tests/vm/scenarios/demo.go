package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	"golang.org/x/sys/unix"
)

// The demo runs the same loads under the kernel's default scheduler and under scx_goland, in turns, so
// that disturbances of the machine affect both, and ends with one table.
// demo_loads.go: the loads; demo_account.go: the agent's own accounting; demo_table.go: the output.

const (
	demoRounds  = 4 // of both
	demoSeconds = 4 // of each phase
	demoOps     = "goland"
	// Only a hang takes this long, even on a slow and busy machine.
	demoPatience = 3 * time.Minute
)

const (
	exitCannotRun   = 2
	exitInterrupted = 130
)

func demo() int {
	// Children die with the thread that started them: see child.
	runtime.LockOSThread()
	if why := demoObstacle(); why != "" {
		fmt.Fprintln(os.Stderr, "demo: "+why)
		return exitCannotRun
	}
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer release()
	d := &demonstration{T: &T{began: time.Now(), interrupted: ctx.Done()}, ctx: ctx, phases: 2 * demoRounds, loads: demoLoads, seconds: demoSeconds}
	return d.whole(d.run)
}

// whole runs it, cleans up, and returns the exit status.
func (d *demonstration) whole(run func()) int {
	d.guard(run)
	d.cleanUp()
	switch {
	case d.ctx.Err() != nil:
		fmt.Printf("\ninterrupted; sched_ext: %s\n", extState("state"))
		return exitInterrupted
	case d.failed:
		return exitFailed
	}
	return 0
}

// demoObstacle says why the demo cannot run here, or returns "".
func demoObstacle() string {
	switch state := extState("state"); {
	case state == "":
		return "this kernel (" + kernelRelease() + ") has no sched_ext: it must be 6.12 or newer with CONFIG_SCHED_CLASS_EXT."
	case os.Geteuid() != 0:
		return "attaching a scheduler needs root."
	case state != "disabled":
		return fmt.Sprintf("sched_ext is %s already (%s): end that scheduler first.", state, extState("root/ops"))
	}
	return ""
}

func kernelRelease() string {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return "unknown"
	}
	return unix.ByteSliceToString(name.Release[:])
}

// demonstration is one run of the demo. It fails and cleans up as a scenario does.
type demonstration struct {
	*T
	ctx     context.Context
	phase   int
	phases  int       // how many there are
	loads   []string  // of demoLoads
	seconds int       // of each phase
	account scx.Stats // of all rounds
	agent   busy
}

func (d *demonstration) run() {
	fmt.Print(demoHeader(kernelRelease(), runtime.NumCPU(), os.Getenv("SCXB_ACCEL")))
	var kernel, goland []figures
	for range demoRounds {
		kernel = append(kernel, d.underKernel())
		goland = append(goland, d.underGoland())
	}
	fmt.Print("\n", comparison(kernel, goland, "goland", d.loads), "\n", accountTable(d.account, d.agent.share()), "\n", closing(os.Getenv("SCXB_ACCEL")))
}

func (d *demonstration) title(format string, args ...any) {
	d.phase++
	text := fmt.Sprintf(format, args...)
	fmt.Printf("\n── %d of %d: %s ──\n", d.phase, d.phases, text)
}

// underKernel measures the kernel's default scheduler.
func (d *demonstration) underKernel() figures {
	d.title("the kernel's default scheduler")
	d.expectState("disabled")
	fmt.Print("measuring ")
	result := d.measure(func() { fmt.Print(".") })
	d.expectState("disabled")
	fmt.Printf(" done\n%v\n", result)
	return result
}

// underGoland measures scx_goland, and shows its table meanwhile.
func (d *demonstration) underGoland() figures {
	d.title("scx_goland, a policy in Go")
	cmd := exec.Command(binary("scx_goland"), "--name", demoOps, "--stats", "1")
	out := &agentOutput{show: os.Stdout}
	cmd.Stdout = out
	agent := d.child(cmd, syscall.SIGTERM)
	began := time.Now()
	d.Cleanup(func() { endAgent(agent) })
	agent.await("it is attached", func() bool { return strings.Contains(agent.err.String(), "is attached") })
	agent.awaitScheduling(demoOps)
	said := agent.err.String()
	fmt.Printf("%s/sys/kernel/sched_ext says: %s, ops %s\n", said, extState("state"), extState("root/ops"))

	result := d.measure(agent.expectRunning)
	agent.expectRunning()
	d.FatalIf(!scheduled(demoOps),
		"sched_ext is %q, its scheduler is %q, not %q", extState("state"), extState("root/ops"), demoOps)

	agent.signal(syscall.SIGINT)
	d.wait(agent, nil)
	fmt.Print(strings.TrimPrefix(agent.err.String(), said))
	if code := agent.exitCode(time.Minute); code != 0 {
		d.Fatalf("scx_goland: exit status %d", code)
	}
	d.awaitDisabled()
	d.agent.add(agent.cmd.ProcessState, time.Since(began))
	d.addAccount(strings.Join(out.summary, "\n"))
	fmt.Println(result)
	return result
}

// addAccount checks the agent's accounting of records and decisions.
func (d *demonstration) addAccount(summary string) {
	stats, err := parseAccount(summary)
	if err == nil {
		err = balance(stats)
	}
	if err == nil && stats.Dispatched == 0 {
		err = errors.New("the Go policy decided nothing")
	}
	d.Check(err, "the agent's accounting\n%s\n", summary)
	d.account = d.account.Add(stats)
}

// child starts a program that gets a signal if this one dies, however that happens. It has a
// process group of its own: only the demo gets ^C from a terminal, and ends its children in order.
func (d *demonstration) child(cmd *exec.Cmd, onDeath syscall.Signal) *process {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: onDeath}
	return d.startCmd(cmd)
}

// endAgent asks the agent to end (it is killed after this), and waits until the kernel has the
// machine back.
func endAgent(agent *process) {
	if agent.running() {
		agent.signal(syscall.SIGTERM)
	}
	limit := time.Now().Add(10 * time.Second)
	for time.Now().Before(limit) && (agent.running() || extState("state") != "disabled") {
		time.Sleep(20 * time.Millisecond)
	}
}

// wait waits for a process to end, and calls tick every second.
func (d *demonstration) wait(p *process, tick func()) {
	ticked := time.Now()
	d.awaitEvery(20*time.Millisecond, demoPatience, fmt.Sprintf("%v ends", p.cmd.Args), func() bool {
		if tick != nil && time.Since(ticked) > time.Second {
			ticked = ticked.Add(time.Second)
			tick()
		}
		return !p.running()
	})
}
