//go:build cgo && linux

// Package capi is the only place where Go meets C: one thin wrapper for each
// function of include/scxbridge.h that Go needs, with Go types on the outside.
//
// The wrappers add no behavior. Statuses are the library's (0 or a negative errno);
// the public package turns them into errors. No slice that crosses holds a Go
// pointer, so it may be passed as it is. No wrapper takes the address of a Go
// local, so that no call allocates: small results come back by value, through
// the static functions below.
//
// Functions that take only a handle and numbers are in calls.go, which is generated.
//
// The link_*.go files say how the library is found, one for each build tag. Without cgo, or elsewhere than on
// Linux, absent.go takes the place of all that needs C.
package capi

/*
#include <stdlib.h>
#include "library.h"

struct scxb_go_count {
	int32_t status;
	uint32_t count;
};

struct scxb_go_cpu {
	int32_t status;
	int32_t cpu;
};

struct scxb_go_stats {
	int32_t status;
	struct scxb_stats stats;
};

struct scxb_go_exit {
	int32_t status;
	struct scxb_exit_info info;
};

struct scxb_go_open {
	int32_t status;
	struct scxb *handle;
};

static inline struct scxb_go_open scxb_go_open(struct scxb_options options, char *error,
					       size_t error_len)
{
	struct scxb_go_open r = { 0, NULL };

	r.status = scxb_open(&options, &r.handle, error, error_len);
	return r;
}

static inline struct scxb_go_open scxb_go_adopt(const char *name, char *error, size_t error_len)
{
	struct scxb_go_open r = { 0, NULL };

	r.status = scxb_adopt(name, &r.handle, error, error_len);
	return r;
}

static inline struct scxb_options scxb_go_defaults(void)
{
	struct scxb_options options = { 0 };

	scxb_options_init(&options, sizeof(options));
	return options;
}

static inline struct scxb_go_count scxb_go_receive(struct scxb *h, void *tasks, uint32_t capacity)
{
	struct scxb_go_count r = { 0, 0 };

	r.status = scxb_receive(h, (struct scxb_task *)tasks, capacity, &r.count);
	return r;
}

static inline struct scxb_go_count scxb_go_receive_wait(struct scxb *h, void *tasks, uint32_t capacity,
							int64_t timeout_ns)
{
	struct scxb_go_count r = { 0, 0 };

	r.status = scxb_receive_wait(h, (struct scxb_task *)tasks, capacity, &r.count, timeout_ns);
	return r;
}

static inline struct scxb_go_count scxb_go_dispatch(struct scxb *h, const void *decisions, uint32_t count)
{
	struct scxb_go_count r = { 0, 0 };

	r.status = scxb_dispatch(h, (const struct scxb_decision *)decisions, count, &r.count);
	return r;
}

static inline int32_t scxb_go_select_cpus(struct scxb *h, void *requests, uint32_t count)
{
	return scxb_select_cpus(h, (struct scxb_cpu_request *)requests, count);
}

static inline struct scxb_go_cpu scxb_go_select_cpu(struct scxb *h, int32_t pid, int32_t prev_cpu)
{
	struct scxb_go_cpu r = { 0, -1 };

	r.status = scxb_select_cpu(h, pid, prev_cpu, &r.cpu);
	return r;
}

static inline struct scxb_go_stats scxb_go_stats(struct scxb *h)
{
	struct scxb_go_stats r = { 0 };

	r.stats.size = sizeof(r.stats);
	r.status = scxb_stats_read(h, &r.stats);
	return r;
}

static inline struct scxb_go_exit scxb_go_exit(struct scxb *h)
{
	struct scxb_go_exit r = { 0 };

	r.info.size = sizeof(r.info);
	r.status = scxb_exit_info_read(h, &r.info);
	return r;
}
*/
import "C"

import (
	"runtime"
	"sync/atomic"
	"unsafe"
)

// errorLen is the room for the text of a failed open.
const errorLen = 1024

// Missing says why there is no library in this program: here there is one.
const Missing = ""

// live counts the open handles. Each one owns file descriptors and mappings;
// tests fail if one is left open.
var live atomic.Int64

// Live returns how many handles are open.
func Live() int64 { return live.Load() }

// ABIVersion returns the linked library's ABI, major << 16 | minor.
func ABIVersion() uint32 { return uint32(C.scxb_abi_version()) }

// Version returns the linked library's version.
func Version() string { return C.GoString(C.scxb_version()) }

// Strerror returns the library's text for a status.
func Strerror(status int32) string { return C.GoString(C.scxb_strerror(C.int32_t(status))) }

// Defaults returns what scxb_options_init sets.
func Defaults() Options {
	o := C.scxb_go_defaults()
	return options(&o)
}

// CheckOptions only checks the options, as Open does. On failure the text says why.
func CheckOptions(o Options) (status int32, text string) {
	co, buf := o.c(), (*C.char)(C.calloc(1, errorLen))
	defer C.free(unsafe.Pointer(co.name))
	defer C.free(unsafe.Pointer(buf))

	status = int32(C.scxb_options_check(&co, buf, errorLen))
	return status, C.GoString(buf)
}

// c returns the options as C's struct; the caller frees its name.
func (o *Options) c() C.struct_scxb_options {
	co := C.scxb_go_defaults()
	o.set(&co)
	if o.Name != "" {
		co.name = C.CString(o.Name)
	}
	return co
}

// Handle owns one struct scxb. As in C, any method may be called at any time: Close ends blocked
// calls and waits for the calls under way; later ones fail with ECANCELED.
type Handle struct {
	c      *C.struct_scxb
	closed atomic.Bool
}

// Open opens a handle. On failure the text says why.
func Open(o Options) (h *Handle, status int32, text string) {
	co := o.c()
	defer C.free(unsafe.Pointer(co.name))
	text8 := (*C.char)(C.calloc(1, errorLen))
	defer C.free(unsafe.Pointer(text8))

	r := C.scxb_go_open(co, text8, errorLen)
	if r.status < 0 {
		return nil, int32(r.status), C.GoString(text8)
	}
	live.Add(1)
	return &Handle{c: r.handle}, 0, ""
}

// Adopt takes over the pinned scheduler called name. On failure the text says why.
func Adopt(name string) (h *Handle, status int32, text string) {
	cname, buf := C.CString(name), (*C.char)(C.calloc(1, errorLen))
	defer C.free(unsafe.Pointer(cname))
	defer C.free(unsafe.Pointer(buf))

	r := C.scxb_go_adopt(cname, buf, errorLen)
	if r.status < 0 {
		return nil, int32(r.status), C.GoString(buf)
	}
	live.Add(1)
	return &Handle{c: r.handle}, 0, ""
}

// DetachPinned detaches the pinned scheduler called name. On failure the text says why.
func DetachPinned(name string) (status int32, text string) {
	cname, buf := C.CString(name), (*C.char)(C.calloc(1, errorLen))
	defer C.free(unsafe.Pointer(cname))
	defer C.free(unsafe.Pointer(buf))

	status = int32(C.scxb_detach_pinned(cname, buf, errorLen))
	return status, C.GoString(buf)
}

// Close releases all that the handle holds, and leaves it closed. Calling it again
// waits for a Close under way.
func (h *Handle) Close() {
	C.scxb_close(h.c)
	if !h.closed.Swap(true) {
		live.Add(-1)
	}
}

// Arrays are passed as &x[0], written in the call itself: only then does cgo check just the array, which
// has no pointers, and not the whole object that it may be a part of.

// Receive copies waiting records into tasks and never blocks.
func (h *Handle) Receive(tasks []Task) (n int, status int32) {
	if len(tasks) == 0 {
		r := C.scxb_go_receive(h.c, nil, 0)
		collect()
		runtime.KeepAlive(h)
		return 0, int32(r.status)
	}
	r := C.scxb_go_receive(h.c, unsafe.Pointer(&tasks[0]), count(len(tasks)))
	collect()
	runtime.KeepAlive(tasks)
	runtime.KeepAlive(h)
	return int(r.count), int32(r.status)
}

// ReceiveWait is Receive that blocks until there are records or the timeout is over; a
// negative timeout is no limit.
func (h *Handle) ReceiveWait(tasks []Task, timeoutNS int64) (n int, status int32) {
	if len(tasks) == 0 {
		r := C.scxb_go_receive_wait(h.c, nil, 0, C.int64_t(timeoutNS))
		collect()
		runtime.KeepAlive(h)
		return 0, int32(r.status)
	}
	r := C.scxb_go_receive_wait(h.c, unsafe.Pointer(&tasks[0]), count(len(tasks)), C.int64_t(timeoutNS))
	collect()
	runtime.KeepAlive(tasks)
	runtime.KeepAlive(h)
	return int(r.count), int32(r.status)
}

// Dispatch writes decisions and flushes them. It returns how many were accepted.
func (h *Handle) Dispatch(decisions []Decision) (n int, status int32) {
	if len(decisions) == 0 {
		r := C.scxb_go_dispatch(h.c, nil, 0)
		collect()
		runtime.KeepAlive(h)
		return 0, int32(r.status)
	}
	r := C.scxb_go_dispatch(h.c, unsafe.Pointer(&decisions[0]), count(len(decisions)))
	collect()
	runtime.KeepAlive(decisions)
	runtime.KeepAlive(h)
	return int(r.count), int32(r.status)
}

// SelectCPU asks for an idle CPU for one task.
func (h *Handle) SelectCPU(pid, prevCPU int32) (cpu, status int32) {
	r := C.scxb_go_select_cpu(h.c, C.int32_t(pid), C.int32_t(prevCPU))
	collect()
	runtime.KeepAlive(h)
	return int32(r.cpu), int32(r.status)
}

// SelectCPUs asks for many tasks in one call and fills each request's CPU.
func (h *Handle) SelectCPUs(requests []CPURequest) int32 {
	if len(requests) == 0 {
		return h.done(C.scxb_go_select_cpus(h.c, nil, 0))
	}
	s := C.scxb_go_select_cpus(h.c, unsafe.Pointer(&requests[0]), count(len(requests)))
	collect()
	runtime.KeepAlive(requests)
	return h.done(s)
}

// Stats reads the counters.
func (h *Handle) Stats() (Stats, int32) {
	r := C.scxb_go_stats(h.c)
	collect()
	runtime.KeepAlive(h)
	// The layouts are the same: layout.go proves it.
	return *(*Stats)(unsafe.Pointer(&r.stats)), int32(r.status)
}

// ExitInfo says how the scheduler ended.
func (h *Handle) ExitInfo() (ExitInfo, int32) {
	r := C.scxb_go_exit(h.c)
	collect()
	runtime.KeepAlive(h)
	return ExitInfo{
		Kind:    int32(r.info.kind),
		Code:    int64(r.info.code),
		Reason:  C.GoString(&r.info.reason[0]),
		Message: C.GoString(&r.info.message[0]),
	}, int32(r.status)
}

// ExitDump returns the debug dump of a scheduler that ended in an error.
func (h *Handle) ExitDump() (string, int32) {
	var buf []byte
	for {
		p := (*C.char)(unsafe.Pointer(unsafe.SliceData(buf)))
		n := int64(C.scxb_exit_dump_read(h.c, p, C.size_t(len(buf))))
		collect()
		runtime.KeepAlive(h)
		switch {
		case n < 0:
			return "", int32(n)
		case n == 0:
			return "", 0
		case n < int64(len(buf)):
			return string(buf[:n]), 0
		}
		buf = make([]byte, n+1)
	}
}

// ErrorText returns the text of the handle's last error.
func (h *Handle) ErrorText() string {
	var buf [errorLen]byte
	n := int(C.scxb_error_text(h.c, (*C.char)(unsafe.Pointer(&buf[0])), errorLen))
	collect()
	runtime.KeepAlive(h)
	return string(buf[:min(n, errorLen-1)])
}

func (h *Handle) done(status C.int32_t) int32 {
	collect()
	runtime.KeepAlive(h)
	return int32(status)
}

// count clamps a length to what the ABI can express; a longer batch is cut, and
// its caller sees that from the number accepted.
func count(n int) C.uint32_t { return C.uint32_t(min(n, 1<<31-1)) }
