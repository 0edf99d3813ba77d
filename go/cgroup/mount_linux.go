package cgroup

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
)

// mountPoint returns where cgroup version 2 is mounted for this process.
func mountPoint() (string, error) {
	const file = "/proc/self/mountinfo"
	f, err := os.Open(file)
	if err != nil {
		return "", fmt.Errorf("find where cgroup2 is mounted: %w", err)
	}
	defer f.Close()
	path, err := findMount(f)
	if err != nil {
		return "", fmt.Errorf("find where cgroup2 is mounted in %s: %w", file, err)
	}
	if path == "" {
		return "", fmt.Errorf("%s names no file system of type cgroup2: mount one (mount -t cgroup2 none /sys/fs/cgroup), "+
			"or boot with systemd.unified_cgroup_hierarchy=1: %w", file, ErrNotSupported)
	}
	return path, nil
}

// findMount returns the mount point of the first cgroup2 in the text of
// /proc/PID/mountinfo, and prefers one of the whole tree to one of a part.
func findMount(mountinfo io.Reader) (string, error) {
	part := ""
	lines := bufio.NewScanner(mountinfo)
	for lines.Scan() {
		// ID parent major:minor root mount-point options [tags …] - type source options
		mount, fs, _ := strings.Cut(lines.Text(), " - ")
		fields := strings.Fields(mount)
		if !strings.HasPrefix(fs, "cgroup2 ") || len(fields) < 5 {
			continue
		}
		path := unescapeMount.Replace(fields[4])
		if fields[3] == "/" {
			return path, nil
		}
		if part == "" {
			part = path
		}
	}
	return part, lines.Err()
}

// The kernel writes these characters of a path as octal numbers.
var unescapeMount = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
