package main

var _ = register(Scenario{
	Name: "cgroup_limit_agent_out",
	Doc:  "cpu.max holds with the agent stopped, killed and adopted, in kernel mode, with leases, under fifo and vruntime; nothing is lost",
	run: func(t *T) {
		top := t.groups()
		one, eight := top.limited("one", 20), top.limited("eight", 20)
		hogs := []*process{one.hogs(1), eight.hogs(8)}
		for _, w := range []way{
			vruntimeAlone, fifo, leased, agentStopped, agentKilled, agentAdopted, inKernelMode,
		} {
			// A scheduler comes and goes sooner if no task wants a CPU.
			top.freeze()
			t.under(w, func() {
				top.thaw()
				t.limitsHold(w.name, one, eight)
				top.freeze()
			})
		}
		top.thaw()
		for _, load := range hogs {
			load.end()
		}
	},
})
