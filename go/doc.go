// Package scxbridge lets an ordinary Go program be the policy of a Linux
// scheduler.
//
// The kernel side (sched_ext BPF) parks each task that wants to run and sends a
// record of it, a [Task]. The program answers with a [Decision]: which CPU, for
// how long, in what order. A task whose decision is late does not wait for it:
// the kernel side runs it by itself, in fair order, so a slow, stopped or dead
// program cannot hang the machine.
//
// Most programs implement [Policy] and call [Run], which owns the loop
//
//	receive → Policy.Enqueue → Policy.Dispatch → dispatch
//
// on a locked OS thread, allocates nothing per round and detaches cleanly. A
// program that wants its own loop uses a [Scheduler]: [Open], [Scheduler.Attach],
// [Scheduler.Receive], [Scheduler.Dispatch], [Scheduler.Close].
//
// # Units and names
//
// Times are nanoseconds of CLOCK_MONOTONIC. CPU ids are the kernel's, from 0.
// PIDs are thread ids in the initial pid namespace. Virtual times are
// nanoseconds in the policy's own scale.
//
// # Threads of this program
//
// The kernel side schedules every thread of this process by itself, so the Go
// runtime, its garbage collector and the program's other goroutines never wait
// for a decision of their own.
//
// # Errors
//
// Errors are *[Error]; test them with [errors.Is] against the Err variables
// or a [syscall.Errno].
//
// # Privileges
//
// [Open] needs root or the capabilities for loading BPF, and a kernel with
// sched_ext (CONFIG_SCHED_CLASS_EXT).
//
// # The library
//
// A release of this module has the library in it, for Linux on amd64 and arm64:
// building needs cgo and a C compiler. Build tags choose another copy of it:
// scxbridge_shared and scxbridge_static the one that pkg-config finds, shared or
// as an archive; scxbridge_flags the one that CGO_CFLAGS and CGO_LDFLAGS name.
//
// Without cgo, and on other systems, all packages build, and policies can be
// tested; [Open] fails with [ErrNoLibrary].
package scxbridge
