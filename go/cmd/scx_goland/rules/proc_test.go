package rules

import (
	"strings"
	"testing"
)

const oneStat = "42 (a b) c) S 7 42 42 0 -1 4194560 100 0 0 0 5 6 0 0 20 0 1 0 123456 1000 10 184 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0"

func TestParseStat(t *testing.T) {
	s, err := parseStat([]byte(oneStat))
	if want := (stat{42, 7, "a b) c", false, 123456, -1}); err != nil || s.comm != want.comm || s.ppid != 7 || s.pid != 42 || s.start != want.start || s.kernel {
		t.Errorf("%+v, %v", s, err)
	}
	if s, err := parseStat([]byte(strings.Replace(oneStat, "4194560", "2129984", 1))); err != nil || !s.kernel {
		t.Errorf("%+v, %v", s, err)
	}
	for _, text := range []string{"", "42", "42 (a", "(a) S 1", "x (a) S 7", oneStat[:40], strings.Replace(oneStat, " 7 ", " -7 ", 1)} {
		if s, err := parseStat([]byte(text)); err == nil {
			t.Errorf("%q: %+v", text, s)
		}
	}
}

func TestParseCgroup(t *testing.T) {
	for text, want := range map[string]string{
		"0::/\n":                       "/",
		"1:cpu:/y\n0::/a.slice/b:c\n":  "/a.slice/b:c",
		"0::/a/b (deleted)\n":          "/a/b",
		"0::/../../kubepods/pod1\n":    "/../../kubepods/pod1",
		"12:cpu,cpuacct:/user.slice\n": "",
		"":                             "",
		"0::relative":                  "",
		"10::/no":                      "",
	} {
		if got, err := parseCgroup([]byte(text)); got != want || (err != nil) != (text == "0::relative") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

func TestParseUID(t *testing.T) {
	if uid, err := parseUID([]byte("Name:\tUid:\nUid:\t1000\t70\t3\t4\nGid:\t1\n")); uid != 70 || err != nil {
		t.Error(uid, err)
	}
	for _, text := range []string{"", "Uid:\t1\n", "Uid:\t1\tx\t2\t3", "Uid:\t1\t4294967296\t2\t3", " Uid:\t1\t2\t3\t4"} {
		if uid, err := parseUID([]byte(text)); err == nil {
			t.Errorf("%q: %d", text, uid)
		}
	}
}

func FuzzProc(f *testing.F) {
	for _, seed := range []string{oneStat, "0::/a\n", "Uid:\t1\t2\t3\t4\n", "1 () S", "1 (", ")(", "0::", "\x00\x00a\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if s, err := parseStat(text); err == nil && (s.pid < 0 || s.ppid < 0 || !strings.Contains(string(text), "("+s.comm+")")) {
			t.Errorf("%q: %+v", text, s)
		}
		if path, err := parseCgroup(text); err == nil && path != "" && !strings.HasPrefix(path, "/") {
			t.Errorf("%q: %q", text, path)
		}
		if _, err := parseUID(text); err == nil && !strings.Contains(string(text), "Uid:") {
			t.Errorf("%q has a user", text)
		}
		if strings.Contains(parseCmdline(text), "\x00") {
			t.Errorf("%q: a zero byte is left", text)
		}
	})
}
