package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// task is one of our tasks: a process, with pipes to its input and from its output.
type task struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func (k *task) pid() int32 { return int32(k.cmd.Process.Pid) }

// taskCommand is a task of this program, whose threads Go does not interrupt while they spin.
func (t *T) taskCommand(args ...string) *exec.Cmd {
	self, err := os.Executable()
	t.Check(err, "find this program")
	cmd := exec.Command(self, append([]string{"task"}, args...)...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GODEBUG=asyncpreemptoff=1")
	return cmd
}

// startTask starts a task. One of the kind "wait" is ready when it returns.
func (t *T) startTask(args ...string) *task {
	k := t.startPiped(t.taskCommand(args...))
	t.FatalIf(args[0] == "wait" && !k.out.Scan(), "task %v did not start", args)
	return k
}

// startPiped starts a command with pipes; the scenario's end ends it.
func (t *T) startPiped(cmd *exec.Cmd) *task {
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	t.Check(err, "make a pipe")
	out, err := cmd.StdoutPipe()
	t.Check(err, "make a pipe")
	t.Check(cmd.Start(), "start a task")
	k := &task{cmd, in, bufio.NewScanner(out)}
	t.Cleanup(k.end)
	return k
}

// end closes its input and waits for it. A second call does nothing.
func (k *task) end() {
	k.in.Close()
	k.cmd.Wait()
}

// sleeps reports whether the task's main thread waits for something.
func (k *task) sleeps() bool {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", k.pid()))
	// The name, in parentheses, may contain spaces.
	_, rest, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(rest, "S")
}

func (t *T) awaitAsleep(tasks []*task) {
	for _, task := range tasks {
		t.Await(time.Minute, "the task sleeps", task.sleeps)
	}
}

// wake wakes tasks that wait for a byte, one after the other.
func wake(tasks []*task) {
	for _, task := range tasks {
		task.in.Write([]byte{'x'})
	}
}

// answers returns when each of the woken tasks ran.
func (t *T) answers(tasks []*task) []int64 {
	ran := make([]int64, len(tasks))
	for n, task := range tasks {
		ran[n] = t.answer(task)
	}
	return ran
}

// answer reads the next number that a task prints.
func (t *T) answer(task *task) int64 {
	t.FatalIf(!task.out.Scan(), "the task %v ended", task.cmd.Args)
	n, err := strconv.ParseInt(task.out.Text(), 10, 64)
	t.Check(err, "understand the answer of %v", task.cmd.Args)
	return n
}
