package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// The tasks that some scenarios schedule: each is a process of its own, whose
// main thread has a name that the policy knows, and prints what it observes.

func runTask(kind string, args []string) {
	runtime.LockOSThread() // the name and affinity are this thread's
	switch kind {
	case "wait":
		taskWait(args[0], args[1])
	case "where":
		taskWhere(args[0])
	case "threads":
		taskThreads(args[0])
	case "tracer":
		taskTracer(args[0], args[1])
	case "higher":
		taskHigher(args[0], args[1], args[2])
	default:
		fmt.Fprintf(os.Stderr, "scenarios: no task of kind %q\n", kind)
		os.Exit(2)
	}
}

func setName(name string) {
	must(unix.Prctl(unix.PR_SET_NAME, uintptr(ptr(get(unix.BytePtrFromString(name)))), 0, 0, 0))
}

func must(err error) {
	if err != nil {
		fatal(err)
	}
}

func get[T any](value T, err error) T {
	must(err)
	return value
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "scenarios: task:", err)
	os.Exit(1)
}

func monotonic() int64 {
	var now unix.Timespec
	must(unix.ClockGettime(unix.CLOCK_MONOTONIC, &now))
	return now.Nano()
}

// bind makes one CPU the only one that this thread may run on.
func bind(cpu string) {
	var set unix.CPUSet
	set.Set(get(strconv.Atoi(cpu)))
	must(unix.SchedSetaffinity(0, &set))
}

// readByte waits for a byte of standard input, and reports whether one came.
func readByte() bool {
	for {
		if n, err := unix.Read(0, make([]byte, 1)); err != unix.EINTR {
			return n == 1
		}
	}
}

// taskWait has this name, runs only on this CPU, and prints the time whenever it
// reads a byte.
func taskWait(name, cpu string) {
	bind(cpu)
	setName(name)
	fmt.Println("ready")
	for readByte() {
		fmt.Println(monotonic())
	}
}

// taskWhere takes a name, PREFIX-CPU-N, from each line of standard input, and then
// samples which CPU it runs on, sleeping and busy in turns. It prints the number of
// samples, and how many times it was on a CPU other than its name says.
func taskWhere(samples string) {
	want := get(strconv.Atoi(samples))
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		name := lines.Text()
		cpu := get(strconv.Atoi(strings.Split(name, "-")[1]))
		setName(name)
		wrong := 0
		for i := 0; i < want; i++ {
			// After the first sleep, the task is queued under its new name.
			nap := unix.Timespec{Nsec: int64(2 * time.Millisecond)}
			unix.Nanosleep(&nap, nil)
			for busy := monotonic(); monotonic()-busy < int64(time.Millisecond); {
				if getcpu() != cpu {
					wrong++
				}
			}
		}
		fmt.Println(want, wrong)
	}
}

// taskThreads starts a thread for each byte that it reads, and prints the thread's id. The threads spin on
// one CPU for as long as the process lives.
func taskThreads(cpu string) {
	runtime.GOMAXPROCS(16)
	for readByte() {
		id := make(chan int)
		go func() {
			runtime.LockOSThread()
			bind(cpu)
			id <- unix.Gettid()
			for spins := 0; ; spins++ {
			}
		}()
		fmt.Println(<-id)
	}
}

// taskTracer stops all threads of a process, as a debugger does, lets them continue after this long, and ends.
func taskTracer(pid, length string) {
	pause := get(time.ParseDuration(length))
	stopped := map[int]bool{}
	for more := true; more; { // a thread that is not stopped yet may start another one
		threads := get(os.ReadDir("/proc/" + pid + "/task"))
		more = false
		for _, thread := range threads {
			tid, _ := strconv.Atoi(thread.Name())
			if stopped[tid] {
				continue
			}
			err := unix.PtraceSeize(tid)
			if err == nil {
				err = unix.PtraceInterrupt(tid)
			}
			if err == nil {
				_, err = unix.Wait4(tid, nil, unix.WALL, nil)
			}
			if err != nil {
				fatal(fmt.Errorf("stop thread %d of %s: %w", tid, pid, err))
			}
			stopped[tid], more = true, true
		}
	}
	fmt.Println("stopped")
	time.Sleep(pause)
	for tid := range stopped {
		if err := unix.PtraceDetach(tid); err != nil {
			fatal(fmt.Errorf("let thread %d of %s go on: %w", tid, pid, err))
		}
	}
}

func getcpu() int {
	var cpu uint32
	unix.Syscall(unix.SYS_GETCPU, uintptr(ptr(&cpu)), 0, 0)
	return int(cpu)
}
