//go:build demo

package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// What these commands need takes long to compile, and the demo runs none of them.

func (a *agent) topCommand() *cobra.Command    { return notInTheDemos("top") }
func (a *agent) replayCommand() *cobra.Command { return notInTheDemos("replay") }

func notInTheDemos(name string) *cobra.Command {
	return &cobra.Command{Use: name, Short: "not in the demo's agent", Hidden: true, RunE: func(*cobra.Command, []string) error {
		return fmt.Errorf("%s: this agent was built for the demo, without this command; make agent builds a whole one", name)
	}}
}
