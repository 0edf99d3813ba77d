// Package util is the original's package of the same name: the machine's caches, and the
// constants of sched_ext.
package util

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	core "github.com/scxbridge/scxbridge/go/qumun"
)

// cpuFiles is where the kernel describes the CPUs; a test uses a directory of its own.
const cpuFiles = "/sys/devices/system/cpu"

// GetTopology returns, for the cache levels "L2" and "L3", the CPUs that share a cache, keyed by
// the kernel's list of them, such as "0-3". A level that the machine does not have is empty.
func GetTopology() (map[string]map[string][]int, error) { return topology(cpuFiles) }

func topology(dir string) (map[string]map[string][]int, error) {
	caches := map[string]map[string][]int{"L2": {}, "L3": {}}
	indexes, err := filepath.Glob(filepath.Join(dir, "cpu[0-9]*", "cache", "index[0-9]*"))
	if err != nil {
		return caches, err
	}
	for _, index := range indexes {
		level, err := read(index, "level")
		if err != nil {
			return caches, err
		}
		group, wanted := caches["L"+level]
		if !wanted {
			continue
		}
		list, err := read(index, "shared_cpu_list")
		if err != nil {
			return caches, err
		}
		if group[list], err = parseCPUs(list); err != nil {
			return caches, fmt.Errorf("read %s: %w", filepath.Join(index, "shared_cpu_list"), err)
		}
	}
	return caches, nil
}

func read(dir, name string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, name))
	return strings.TrimSpace(string(text)), err
}

// parseCPUs reads the kernel's lists, such as "0-3,8".
func parseCPUs(list string) ([]int, error) {
	var cpus []int
	for _, part := range strings.Split(list, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		first, err := strconv.Atoi(from)
		if err != nil {
			return nil, err
		}
		last, err := strconv.Atoi(to)
		if err != nil {
			return nil, err
		}
		if first > last {
			return nil, fmt.Errorf("the range %s is empty", part)
		}
		for cpu := first; cpu <= last; cpu++ {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
}

// InitCacheDomains tells the scheduler which CPUs share a cache; see
// [core.Sched.EnableSiblingCpu].
func InitCacheDomains(bpfModule *core.Sched) error {
	caches, err := GetTopology()
	if err != nil {
		return err
	}
	for level, name := range map[int32]string{2: "L2", 3: "L3"} {
		for _, cpus := range caches[name] {
			for _, cpu := range cpus {
				for _, sibling := range cpus {
					if err := bpfModule.EnableSiblingCpu(level, int32(cpu), int32(sibling)); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// IsSMTActive reports whether CPUs share cores.
func IsSMTActive() (bool, error) { return core.IsSMTActive() }

// Endian returns the machine's byte order.
func Endian() binary.ByteOrder {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return binary.LittleEndian
	}
	return binary.BigEndian
}
