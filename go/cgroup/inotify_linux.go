package cgroup

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// A notice says that something happened in a watched directory.
type notice struct {
	watch int32 // -1 if overflow
	mask  uint32
	name  string // of the directory's entry, "" for the directory itself
}

// A notifier tells of changes in directories. All methods but close are called by
// one goroutine.
type notifier interface {
	// watch begins to watch a directory.
	watch(path string) (int32, error)
	// forget ends a watch.
	forget(watch int32)
	// wait waits for notices until the deadline; the zero time is for ever.
	// It fails with os.ErrDeadlineExceeded, and with os.ErrClosed once closed.
	wait(deadline time.Time) ([]notice, error)
	// close ends a wait. It may be called twice.
	close()
}

// Cgroups send IN_MODIFY for a write to a file, whoever writes and through whichever
// mount, and IN_CREATE and IN_DELETE for groups. They send nothing for files that come
// and go with a controller, and (seen up to Linux 6.18) neither IN_DELETE_SELF
// nor IN_IGNORED for a group that is removed: its watch counts until it is forgotten.
const watched = syscall.IN_CREATE | syscall.IN_DELETE | syscall.IN_MODIFY | syscall.IN_MOVED_FROM | syscall.IN_MOVED_TO |
	syscall.IN_DELETE_SELF | syscall.IN_MOVE_SELF | syscall.IN_ONLYDIR | syscall.IN_DONT_FOLLOW

// inotify is a notifier by the kernel's inotify.
type inotify struct {
	file *os.File
	conn syscall.RawConn
	buf  []byte
	list []notice
}

func newInotify() (*inotify, error) {
	fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC | syscall.IN_NONBLOCK)
	if errors.Is(err, syscall.EMFILE) {
		return nil, limitReached("open inotify", "fs.inotify.max_user_instances", err)
	}
	if err != nil {
		return nil, fmt.Errorf("open inotify: %w", err)
	}
	// Go's poller waits for a non-blocking file, so that close ends a read.
	file := os.NewFile(uintptr(fd), "inotify")
	conn, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("open inotify: %w", err)
	}
	return &inotify{file: file, conn: conn, buf: make([]byte, 64<<10)}, nil
}

// limitReached makes an error that names the limit.
func limitReached(what, sysctl string, err error) error {
	value := "unknown"
	if text, err := os.ReadFile("/proc/sys/" + strings.ReplaceAll(sysctl, ".", "/")); err == nil {
		value = strings.TrimSpace(string(text))
	}
	return fmt.Errorf("%s: %w: %s is %s; raise it (sysctl -w %s=N); meanwhile all groups are read from time to time (%w)",
		what, ErrWatchLimit, sysctl, value, sysctl, err)
}

func (n *inotify) watch(path string) (int32, error) {
	var watch int
	var err error
	if closed := n.conn.Control(func(fd uintptr) { watch, err = syscall.InotifyAddWatch(int(fd), path, watched) }); closed != nil {
		return 0, closed
	}
	if errors.Is(err, syscall.ENOSPC) {
		return 0, limitReached("watch "+path, "fs.inotify.max_user_watches", err)
	}
	if err != nil {
		return 0, fmt.Errorf("watch %s: %w", path, err)
	}
	return int32(watch), nil
}

func (n *inotify) forget(watch int32) {
	// It fails if the kernel ended the watch already, which is as well.
	n.conn.Control(func(fd uintptr) { syscall.InotifyRmWatch(int(fd), uint32(watch)) })
}

func (n *inotify) wait(deadline time.Time) ([]notice, error) {
	if err := n.file.SetReadDeadline(deadline); err != nil {
		return nil, err
	}
	size, err := n.file.Read(n.buf)
	if err != nil {
		return nil, err
	}
	n.list = n.list[:0]
	for rest := n.buf[:size]; len(rest) >= syscall.SizeofInotifyEvent; {
		// struct inotify_event: wd, mask, cookie, len, and the name with its padding.
		end := syscall.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(rest[12:]))
		name, _, _ := strings.Cut(string(rest[syscall.SizeofInotifyEvent:end]), "\x00")
		n.list = append(n.list, notice{
			watch: int32(binary.NativeEndian.Uint32(rest[0:])), mask: binary.NativeEndian.Uint32(rest[4:]), name: name,
		})
		rest = rest[end:]
	}
	return n.list, nil
}

func (n *inotify) close() { n.file.Close() }

// timer is a notifier that watches nothing.
type timer struct{ closed chan struct{} }

func newTimer() *timer { return &timer{make(chan struct{})} }

func (t *timer) watch(string) (int32, error) { return 0, errors.ErrUnsupported }
func (t *timer) forget(int32)                {}

func (t *timer) wait(deadline time.Time) ([]notice, error) {
	// deadline is never zero: without watches all groups are read from time to time.
	clock := time.NewTimer(time.Until(deadline))
	defer clock.Stop()
	select {
	case <-clock.C:
		return nil, os.ErrDeadlineExceeded
	case <-t.closed:
		return nil, os.ErrClosed
	}
}

func (t *timer) close() { close(t.closed) }
