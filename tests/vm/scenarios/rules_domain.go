package main

import (
	"os/exec"
	"time"
)

var _ = register(Scenario{
	Name: "rules_domain", Shape: twoCaches,
	Doc: "a rule sends a process's tasks to one of two domains while others want all CPUs, and after a reload to the other",
	run: func(t *T) {
		t.expectCaches(cacheLists...)
		u := t.underRules()
		u.write("process comm: favoured -> domain: 1")
		agent := u.agent()
		_, control := t.hogThreads(8)
		favoured := u.groups.startCmd(exec.Command(u.program(binary("scxload"), "favoured"), "hog", "--threads", "2", "--seconds", "1000"))
		tids := favoured.hogThreads(2)

		// An idle CPU may take any task, and there is one now and then.
		sentTo := func(cpus ...int) {
			t.quietRun(3, "tasks are not where their rule sends them", func() bool {
				strays, looks := t.strays(tids, time.Second, cpus...)
				others, looksAtOthers := t.strays(control, time.Second, cpus...)
				t.Logf("tasks with the rule were off the CPUs %v in %d of %d looks, those without in %d of %d", cpus, strays, looks, others, looksAtOthers)
				return strays < looks/4 && others > looksAtOthers/4
			})
		}
		sentTo(2, 3)
		u.write("process comm: favoured -> domain: 0")
		agent.reload("the number of rules is 1, was 1")
		sentTo(0, 1)
		agent.stopAfter(100)
	},
})
