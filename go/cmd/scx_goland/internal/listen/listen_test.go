package listen

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"9109":                             "tcp 127.0.0.1:9109",
		":9109":                            "tcp 127.0.0.1:9109",
		"localhost:80":                     "tcp localhost:80",
		"0.0.0.0:9109":                     "tcp 0.0.0.0:9109",
		"[::]:9109":                        "tcp [::]:9109",
		"unix:/run/x":                      "unix /run/x",
		"":                                 `"" is no port`,
		"0":                                `"0" is no port`,
		"65536":                            `"65536" is no port`,
		"localhost:":                       `"" is no port`,
		"localhost":                        `"localhost" is no port`,
		"a:b:c":                            "is neither a port, nor HOST:PORT, nor unix:PATH",
		"unix:run/x":                       "begins with /",
		"unix:":                            "begins with /",
		"localhost:http":                   `"http" is no port`,
		"unix:/" + strings.Repeat("x", 90): "at most 90 bytes",
	} {
		a, err := Parse(text)
		got := a.Network + " " + a.Place
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) || err == nil && got != want {
			t.Errorf("%q: %s, not %s", text, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"9109", ":1", "[::1]:2", "unix:/a", "a:b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := Parse(text)
		if err != nil {
			return
		}
		if again, err := Parse(a.String()); err != nil || again != a {
			t.Errorf("%q is %v, and that is %v, %v", text, a, again, err)
		}
		// Beyond this machine only if the address says so.
		if host, _, err := net.SplitHostPort(a.Place); a.Network == "tcp" && (err != nil || host == "") {
			t.Errorf("%q has no host: %v", text, a)
		}
	})
}

func TestSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "s")
	a := Address{"unix", path}
	l, err := Open(a)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != fs.ModeSocket|0o600 || info.Sys().(*syscall.Stat_t).Uid != uint32(os.Geteuid()) {
		t.Errorf("%v, %v", info, err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("beside it: %v", left)
	}
	done := make(chan error)
	go func() {
		c, err := l.Accept()
		if err == nil {
			c.Close()
		}
		done <- err
	}()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := Open(a); err == nil || !strings.Contains(err.Error(), "another program serves there") {
		t.Errorf("a second one: %v", err)
	}
	l.Close()
	if _, err := os.Stat(path); err == nil {
		t.Error("the socket is left")
	}
}

// A socket of a killed program is replaced; another program's file is not, nor is its socket removed.
func TestSocketsOfOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	killed, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	killed.SetUnlinkOnClose(false)
	killed.Close()
	l, err := Open(Address{"unix", path})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	next, err := Open(Address{"unix", path})
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, err := os.Stat(path); err != nil {
		t.Errorf("closing the old one removed the new one: %v", err)
	}
	next.Close()
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Address{"unix", path}); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("over a file: %v", err)
	}
}

func TestPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := Open(Address{"tcp", l.Addr().String()}); err == nil || !strings.Contains(err.Error(), "choose another port") {
		t.Error(err)
	}
}
