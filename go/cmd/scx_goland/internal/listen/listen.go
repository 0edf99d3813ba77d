package listen

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Address is where to listen.
type Address struct{ Network, Place string }

func (a Address) String() string {
	if a.Network == "unix" {
		return "unix:" + a.Place
	}
	return a.Place
}

const loopback = "127.0.0.1"

// Parse reads an address: a port alone, which is loopback's, HOST:PORT, or unix:PATH.
func Parse(text string) (Address, error) {
	if path, is := strings.CutPrefix(text, "unix:"); is {
		switch {
		case !filepath.IsAbs(path):
			return Address{}, fmt.Errorf("%q: the path of a socket begins with /", text)
		case len(path) > pathMax:
			return Address{}, fmt.Errorf("%q: the path of a socket has at most %d bytes", text, pathMax)
		}
		return Address{"unix", path}, nil
	}
	host, port := loopback, text
	if strings.Contains(text, ":") {
		var err error
		if host, port, err = net.SplitHostPort(text); err != nil {
			return Address{}, fmt.Errorf("%q is neither a port, nor HOST:PORT, nor unix:PATH", text)
		}
		if host == "" {
			host = loopback
		}
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return Address{}, fmt.Errorf("%q: %q is no port, 1 to 65535", text, port)
	}
	return Address{"tcp", net.JoinHostPort(host, port)}, nil
}

// pathMax is what struct sockaddr_un has room for, with some to spare for a folder beside it.
const pathMax = 90

// Open listens there.
func Open(a Address) (net.Listener, error) {
	if a.Network == "unix" {
		return openSocket(a.Place)
	}
	l, err := net.Listen(a.Network, a.Place)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listen on %v: another program does; stop it, or choose another port", a)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %v: %w", a, err)
	}
	return l, nil
}

// openSocket makes a socket that only its owner may use. One that a program left behind when it was killed is replaced.
func openSocket(path string) (net.Listener, error) {
	failed := func(err error) (net.Listener, error) { return nil, fmt.Errorf("listen on unix:%s: %w", path, err) }
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return failed(err)
	}
	if err := removeStale(path); err != nil {
		return failed(err)
	}
	l, err := TakeOver(path)
	if err != nil {
		return failed(err)
	}
	return l, nil
}

// TakeOver makes a socket that only its owner may use, in the place of what is there, in a folder that is there.
func TakeOver(path string) (net.Listener, error) {
	// Nobody may connect before the mode is set: so the socket gets its name only then.
	folder, err := os.MkdirTemp(filepath.Dir(path), ".s")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	hidden := filepath.Join(folder, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: hidden, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	if err = os.Chmod(hidden, 0o600); err == nil {
		err = os.Rename(hidden, path)
	}
	if err != nil {
		l.Close()
		return nil, err
	}
	at, err := os.Stat(path)
	if err != nil {
		l.Close()
		return nil, err
	}
	return &socket{l, path, at}, nil
}

// socket removes its file when it is closed, unless it is another one's by then.
type socket struct {
	net.Listener
	path string
	file fs.FileInfo
}

func (s *socket) Close() error {
	if now, err := os.Stat(s.path); err == nil && os.SameFile(now, s.file) {
		os.Remove(s.path)
	}
	return s.Listener.Close()
}

// removeStale removes a socket on which nobody listens. What is no socket stays, and so does a socket in use.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return errors.New("there is a file that is no socket; remove it, or choose another path")
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		conn.Close()
		return errors.New("another program serves there; stop it first")
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("look whether another program serves there: %w", err)
	}
	return os.Remove(path)
}
