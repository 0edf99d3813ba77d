package main

import "time"

var _ = register(Scenario{
	Name: "abi_misuse",
	Doc:  "the C program of wrong calls, where a scheduler can really be opened, loaded and attached",
	run: func(t *T) {
		misuse := t.start("misuse")
		misuse.succeed(time.Minute)
		t.Logf("%s", &misuse.out)
		t.expectState("disabled")
	},
})
