//go:build demo

package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func (a *agent) topCommand() *cobra.Command {
	return &cobra.Command{Use: "top", Short: "not in the demo's agent", Hidden: true, RunE: func(*cobra.Command, []string) error {
		return errors.New("top: this agent was built for the demo, without this command; make agent builds a whole one")
	}}
}
