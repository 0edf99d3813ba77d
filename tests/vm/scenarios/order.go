package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sort"
	"strconv"
	"strings"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

const orderTasks = 6

// byName holds the tasks called ord-* until all want to run, and then lets them
// run in the order of their names. All others pass.
type byName struct {
	decideEach
	held []scx.Task
}

func (p *byName) Enqueue(tasks []scx.Task) {
	for i := range tasks {
		if strings.HasPrefix(tasks[i].Name(), "ord-") {
			p.held = append(p.held, tasks[i])
		} else {
			p.ready = append(p.ready, p.firstCome(&tasks[i], scx.PickIdle))
		}
	}
	if len(p.held) < orderTasks {
		return
	}
	sort.Slice(p.held, func(i, j int) bool { return p.held[i].Name() < p.held[j].Name() })
	for i := range p.held {
		p.ready = append(p.ready, p.firstCome(&p.held[i], scx.AnyCPU))
	}
	p.held = p.held[:0]
}

var _ = register(Scenario{
	Name: "order_by_name",
	Doc:  "tasks run in the order that the policy gives them, as they see themselves",
	run: func(t *T) {
		// All on one CPU, so that there is an order. They start in another one.
		var inputs []io.Writer
		var outputs []*bufio.Scanner
		names := []int{3, 5, 0, 4, 1, 2}
		for _, n := range names {
			in, out := t.startTask("wait", fmt.Sprintf("ord-%d", n), "1")
			inputs, outputs = append(inputs, in), append(outputs, out)
		}
		p := &byName{}
		// Held tasks must not be rescued: the longest grace there is.
		s := t.schedule(p, scx.RunOptions{Options: scx.Options{
			Name: "by_name", NoBuiltinIdle: true, Grace: time.Second, Slice: 20 * time.Millisecond}})

		good := 0
		for round := 0; round < 20 && good < 5; round++ {
			before := s.stats()
			for _, in := range inputs {
				in.Write([]byte{'x'})
			}
			ran := make([]int64, orderTasks)
			for i, out := range outputs {
				if !out.Scan() {
					t.Fatalf("the task ord-%d ended", names[i])
				}
				ran[names[i]], _ = strconv.ParseInt(out.Text(), 10, 64)
			}
			if rescued := s.stats().Sub(before).Rescued; rescued != 0 {
				t.Logf("round %d does not count: %d rescued on a slow machine", round, rescued)
				continue
			}
			if !sort.SliceIsSorted(ran, func(i, j int) bool { return ran[i] < ran[j] }) {
				t.Fatalf("round %d: not in the order of names: %v", round, ran)
			}
			good++
		}
		if good < 5 {
			t.Fatalf("only %d rounds without a rescue", good)
		}
		s.stop()
	},
})

// startTask starts a task of ours and returns its two ends. The "wait" kind is ready then.
func (t *T) startTask(args ...string) (io.Writer, *bufio.Scanner) {
	self, err := os.Executable()
	t.Check(err, "find this program")
	cmd := exec.Command(self, append([]string{"task"}, args...)...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	t.Check(err, "make a pipe")
	out, err := cmd.StdoutPipe()
	t.Check(err, "make a pipe")
	t.Check(cmd.Start(), "start a task")
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	scanner := bufio.NewScanner(out)
	if args[0] == "wait" && !scanner.Scan() {
		t.Fatalf("task %v did not start", args)
	}
	return in, scanner
}
