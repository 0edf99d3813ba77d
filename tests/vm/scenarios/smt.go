package main

import (
	"syscall"
)

var _ = register(Scenario{
	Name: "smt_idle", Shape: smt,
	Doc: "with two threads on each core, no busy CPU is taken for an idle one: few are kicked, and tasks preempt",
	run: func(t *T) {
		agent := t.goland()
		t.moreHogs(4)
		t.sleeper("--threads", "4", "--count", "300", "--period-us", "10000")
		st := agent.stopGoland(syscall.SIGINT)
		t.Logf("%d kicks, %d preempted", st.Kicks, st.Preempts)
		// Hogs keep all CPUs busy, except for moments. If busy CPUs were taken for idle ones, each decision would kick one.
		t.ErrorIf(st.Kicks > st.Dispatched/4,
			"%d kicks of idle CPUs for %d decisions, although no CPU was idle", st.Kicks, st.Dispatched)
		t.ErrorIf(st.Preempts == 0, "of %d decisions none preempted", st.Dispatched)
	},
})

const smtControl = cpuFolder + "/smt/control"

func (t *T) setSMT(value string) {
	t.write(smtControl, value)
	if got := t.read(smtControl); got != value {
		t.Fatalf("SMT is %q, not %s", got, value)
	}
	t.Logf("SMT is %s, the CPUs %v are online", value, t.onlineCPUs())
}

var _ = register(Scenario{
	Name: "smt_control", Shape: smt,
	Doc: "SMT is switched off and on under load, twice: the same scheduler stays, everything runs on, nothing is lost",
	run: func(t *T) {
		t.Cleanup(func() { t.setSMT("on") })
		agent := t.goland("--no-builtin-idle")
		t.moreHogs(4)
		t.keepsScheduler(2, 2, []string{"off", "on"}, t.setSMT, func() { t.messages(1, 50) })
		agent.stopAfter(100)
	},
})
