package rules

import (
	"regexp"
	"strings"
	"testing"
)

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"nginx", "nginx", true}, {"nginx", "nginx2", false}, {"ng*", "nginx", true}, {"*", "", true}, {"*", "a/b", true},
		{"?", "", false}, {"a?c", "abc", true}, {"*a*b", "xaxbxb", true}, {"*a*b", "xaxbx", false}, {"kworker/*", "kworker/0:1", true},
		{"[a]", "a", false}, {"[a]", "[a]", true},
	} {
		if got := glob(c.pattern, c.text); got != c.want {
			t.Errorf("%q of %q: %v", c.pattern, c.text, got)
		}
	}
}

func TestGlobOfPaths(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"/a", "/a", true}, {"/a", "/a/b", true}, {"/a", "/ab", false}, {"/a/", "/a/b", true}, {"/", "/", true}, {"/", "/x/y", true},
		{"/*/b", "/a/b", true}, {"/*/b", "/a/c/b", false}, {"/**/b", "/a/c/b", true}, {"/**/b", "/a/c/b/d", true}, {"/a*", "/ax/b", true},
		{"/a*c", "/ax/c", false}, {"/a**c", "/ax/c", true}, {"/?", "/a/b", true}, {"/a?b", "/a/b", false}, {"/a/b", "/a", false},
		{"*.service", "/nginx.service", false}, {"**.service", "/x/nginx.service/sub", true},
		{"/" + strings.Repeat("a", 100), "/" + strings.Repeat("a", 100) + "/b", true},
	} {
		if got := globPath(c.pattern, c.path); got != c.want {
			t.Errorf("%q of %q: %v", c.pattern, c.path, got)
		}
	}
}

// Both globs mean what the regular expressions would mean.
func FuzzGlob(f *testing.F) {
	for _, seed := range [][2]string{{"/a/**/b?", "/a/x/y/bz/q"}, {"*a*b*", "ab"}, {"***", "/"}, {"/*/*", "/a/b/c"}, {"", ""}, {"**a/", "a"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 200 || strings.ContainsFunc(pattern+text, func(c rune) bool { return c < ' ' || c > '~' }) {
			return
		}
		quoted := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\?`, `.`)
		whole := regexp.MustCompile("^" + strings.ReplaceAll(quoted, `\*`, ".*") + "$")
		if got := glob(pattern, text); got != whole.MatchString(text) {
			t.Errorf("%q of %q: %v", pattern, text, got)
		}
		stem := pattern
		if len(stem) > 1 {
			stem = strings.TrimSuffix(stem, "/")
		}
		if stem == "/" {
			return
		}
		quoted = strings.ReplaceAll(regexp.QuoteMeta(stem), `\?`, `[^/]`)
		quoted = regexp.MustCompile(`(\\\*){2,}`).ReplaceAllString(quoted, `.{0,}`)
		path := regexp.MustCompile("^" + strings.ReplaceAll(quoted, `\*`, "[^/]*") + "(/.*)?$")
		if got := globPath(pattern, text); got != path.MatchString(text) {
			t.Errorf("path %q of %q: %v, %v", pattern, text, got, path)
		}
	})
}
