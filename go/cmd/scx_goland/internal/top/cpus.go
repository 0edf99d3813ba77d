package top

import (
	"os"
	"strconv"
	"strings"
)

// usage is how much time CPUs were busy, and how much there was, by id, in ticks since boot.
type usage map[int]struct{ busy, all uint64 }

func readUsage(path string) usage {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return parseUsage(string(text))
}

// parseUsage reads /proc/stat: lines such as "cpu0 USER NICE SYSTEM IDLE IOWAIT IRQ SOFTIRQ STEAL …".
func parseUsage(text string) usage {
	u := usage{}
	for _, line := range strings.Split(text, "\n") {
		fields := strings.Fields(line)
		if len(fields) < 9 || !strings.HasPrefix(fields[0], "cpu") {
			continue
		}
		id, err := strconv.Atoi(fields[0][3:])
		if err != nil || id < 0 {
			continue
		}
		var sum struct{ busy, all uint64 }
		for i, field := range fields[1:9] { // a guest's time is in the user's
			n, _ := strconv.ParseUint(field, 10, 64)
			sum.all += n
			if i != 3 && i != 4 { // idle, iowait
				sum.busy += n
			}
		}
		u[id] = sum
	}
	return u
}

// since is how busy a CPU was since an earlier reading, in percent; not, if that is unknown.
func (u usage) since(earlier usage, cpu int) (percent int, known bool) {
	now, is := u[cpu]
	before, was := earlier[cpu]
	if !is || !was || now.all <= before.all || now.busy < before.busy {
		return 0, false
	}
	return int(min(100, (now.busy-before.busy)*100/(now.all-before.all))), true
}

// parseList reads a list of CPUs, such as 0-3,8.
func parseList(list string) []int {
	var cpus []int
	for _, part := range strings.Split(list, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		a, err := strconv.Atoi(first)
		b, err2 := strconv.Atoi(last)
		if err != nil || err2 != nil || a < 0 || b >= cpusMax {
			continue
		}
		for ; a <= b; a++ {
			cpus = append(cpus, a)
		}
	}
	return cpus
}

const cpusMax = 1 << 16
