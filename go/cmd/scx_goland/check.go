package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

func (a *agent) checkCommand() *cobra.Command {
	c := &cobra.Command{Use: "check [options]", Short: "validate the configuration; as root, also the machine", Args: noArgs}
	new(config).defineWith(a.defaults, c.Flags())
	dryRun := c.Flags().Bool("dry-run", false, "only show what the rules match on this machine now")
	c.RunE = func(c *cobra.Command, _ []string) error {
		config, err := a.load(given(c.Flags()))
		if err != nil {
			return err
		}
		fmt.Fprintln(a.stdout, "configuration: valid")
		n, merged := a.nodeRules(config)
		a.tellConflicts(n, merged)
		if *dryRun {
			return a.dryRun(n, merged.Set)
		}
		if a.uid != 0 {
			fmt.Fprintln(a.stdout, "machine: not looked at, which needs root")
			return nil
		}
		lacks := a.lacks()
		for _, text := range lacks {
			a.say(failure, "%s", text)
		}
		if len(lacks) > 0 {
			return exitCode(exitCannot)
		}
		fmt.Fprintln(a.stdout, "machine: can run it")
		return nil
	}
	return c
}

// lacks says what the machine would need to run a scheduler, in the order in which one would see to it.
func (a *agent) lacks() []string {
	kernel := strings.TrimSpace(a.read("proc/sys/kernel/osrelease"))
	var lacks []string
	for _, need := range []struct{ path, text string }{
		{"sys/kernel/sched_ext", "has no sched_ext; use Linux 6.12 or newer, built with CONFIG_SCHED_CLASS_EXT=y"},
		{"sys/kernel/btf/vmlinux", "has no type information; use one built with CONFIG_DEBUG_INFO_BTF=y"},
	} {
		if _, err := os.Stat(filepath.Join(a.root, need.path)); err != nil {
			lacks = append(lacks, fmt.Sprintf("check: kernel %s %s (%v)", kernel, need.text, err))
		}
	}
	if a.read("proc/sys/net/core/bpf_jit_enable") == "0\n" {
		lacks = append(lacks, "check: the kernel's compiler for BPF is switched off; switch it on with \"sysctl net.core.bpf_jit_enable=1\"")
	}
	return lacks
}

// read returns a file's text; nothing if it can't be read.
func (a *agent) read(path string) string {
	text, err := os.ReadFile(filepath.Join(a.root, path))
	if err != nil {
		return ""
	}
	return string(text)
}
