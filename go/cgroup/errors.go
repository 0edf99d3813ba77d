package cgroup

import (
	"errors"
	"os"
)

// What went wrong, for [errors.Is].
var (
	// ErrClosed: the Tree or the Events were closed. It is [os.ErrClosed], too.
	ErrClosed error = closedError{}
	// ErrNotSupported: there are no cgroups on this system, or none of version 2.
	ErrNotSupported = errors.New("not supported by this system")
	// ErrWatchLimit: the user's limit of inotify watches or instances is
	// reached. The tree reads all groups from time to time instead.
	ErrWatchLimit = errors.New("limit of inotify is reached")
)

type closedError struct{}

func (closedError) Error() string { return "cgroup: closed" }
func (closedError) Unwrap() error { return os.ErrClosed }
