package cgroup

import (
	"strings"
	"testing"
)

func TestFindMount(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unified": {`22 1 0:21 / /proc rw,nosuid - proc proc rw
30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate
`, "/sys/fs/cgroup"},
		"hybrid": {`41 32 0:37 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
42 32 0:38 / /sys/fs/cgroup/unified rw,relatime shared:1 master:2 - cgroup2 cgroup2 rw
`, "/sys/fs/cgroup/unified"},
		"a part first": {`50 1 0:26 /docker/x /mnt/a rw - cgroup2 none rw
51 1 0:26 / /mnt/b\040c\134d rw - cgroup2 none rw
`, `/mnt/b c\d`},
		"a part only": {"50 1 0:26 /docker/x /mnt/a rw - cgroup2 none rw\n", "/mnt/a"},
		"version 1":   {"41 32 0:37 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n", ""},
		"broken":      {"\n-\n - cgroup2 \n1 2 - cgroup2 x\n", ""},
	} {
		if got, err := findMount(strings.NewReader(c.text)); got != c.want || err != nil {
			t.Errorf("%s: %q, %v, not %q", name, got, err, c.want)
		}
	}
}
