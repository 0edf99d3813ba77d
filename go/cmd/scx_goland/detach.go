package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func (a *agent) detachCommand() *cobra.Command {
	c := &cobra.Command{Use: "detach", Short: "detach the pinned scheduler of this name", Args: noArgs}
	withName(c.Flags())
	stopped := c.Flags().String("service-stopped", "", "`unit` that has stopped: detach unless it starts again")
	_ = c.Flags().MarkHidden("service-stopped")
	ifPinned := c.Flags().Bool("if-pinned", false, "it is no error if none is pinned")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *stopped != "" {
			return a.serviceStopped(*stopped, func() string { return a.nameOf(c.Flags()) })
		}
		name := a.nameOf(c.Flags())
		if *ifPinned {
			if err := a.detach(name); !nonePinned(err) {
				return err
			}
			return nil
		}
		return a.detachPinned(name)
	}
	return c
}

func (a *agent) detachPinned(name string) error { return withoutPin(a.detach(name), name) }

// withName adds the options that say which scheduler is meant.
func withName(fs *pflag.FlagSet) {
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	new(config).define(all)
	fs.AddFlag(all.Lookup("name"))
	fs.AddFlag(all.Lookup("config"))
}

// nameOf finds the scheduler's name. A mistake elsewhere in the configuration does not matter: a scheduler
// can be looked at and detached in spite of it.
func (a *agent) nameOf(fs *pflag.FlagSet) string {
	c, err := a.load(given(fs))
	if err != nil {
		a.say(warning, "the configuration has faults; going on with the name %q:\n  %v", c.options.Name, err)
	}
	return c.options.Name
}
