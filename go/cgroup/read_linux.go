package cgroup

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// errGone: the group was removed meanwhile.
var errGone = errors.New("the group is gone")

// directory returns the id of the group with that directory.
func directory(path string) (id uint64, err error) {
	var st syscall.Stat_t
	switch err := syscall.Lstat(path, &st); {
	case isGone(err):
		return 0, errGone
	case err != nil:
		return 0, fmt.Errorf("look at %s: %w", path, err)
	case st.Mode&syscall.S_IFMT != syscall.S_IFDIR:
		return 0, errGone
	}
	return st.Ino, nil
}

// isGone reports whether err is what a call fails with on a group that was removed.
func isGone(err error) bool {
	return errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ENODEV) || errors.Is(err, syscall.ENOTDIR)
}

// children returns the names of the groups in a group's directory.
func children(path string) ([]string, error) {
	dir, err := os.Open(path)
	if err == nil {
		defer dir.Close()
		var entries []os.DirEntry
		if entries, err = dir.ReadDir(-1); err == nil {
			var names []string
			for _, entry := range entries {
				if entry.IsDir() {
					names = append(names, entry.Name())
				}
			}
			return names, nil
		}
	}
	if isGone(err) {
		return nil, errGone
	}
	return nil, fmt.Errorf("list groups: %w", err)
}

// readCPU reads the settings of the group with that directory and id.
func readCPU(path string, id uint64) (CPU, error) {
	var cpu CPU
	var buf [128]byte
	missing := false
	for i := range settings {
		file := path + "/" + settings[i].file
		text, err := readFile(file, buf[:])
		if isGone(err) {
			missing = true
			continue
		}
		if err == nil {
			err = settings[i].parse(&cpu, text)
		}
		if err != nil {
			return CPU{}, fmt.Errorf("read %s: %w", file, err)
		}
		cpu.Controlled = true
	}
	if missing {
		// Either the controller is disabled, or the group was removed.
		if now, err := directory(path); err != nil {
			return CPU{}, err
		} else if now != id {
			return CPU{}, errGone
		}
	}
	return cpu, nil
}

// readFile returns the text of a small file. [os.ReadFile] takes twice as many
// system calls: for each file it asks the poller, which cgroup files have use for.
func readFile(path string, buf []byte) (string, error) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	defer syscall.Close(fd)
	n, err := syscall.Read(fd, buf)
	if err != nil {
		return "", err
	}
	return string(buf[:n]), nil
}
