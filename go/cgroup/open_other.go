//go:build !linux

package cgroup

import (
	"fmt"
	"runtime"
)

func open(Options) (*Tree, error) {
	return nil, fmt.Errorf("cgroup: open: cgroups need Linux, and this is %s: %w", runtime.GOOS, ErrNotSupported)
}
