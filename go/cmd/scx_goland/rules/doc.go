// Package rules says which tasks get what: rules match tasks by what /proc and their cgroups tell of them, and
// change what a policy decides about them. docs/rules.md is its reference.
//
// A [Set] is the list of rules, as the configuration has it. An [Engine] applies one in the rounds of a scheduler:
// there it only looks a task up in a [table]. A [Matcher] reads /proc and finds a task's rule, on a goroutine beside the
// rounds, and for those who only want to know.
package rules
