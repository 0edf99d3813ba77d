package core

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	scx "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/internal/clock"
)

// BssData are the scheduler's counters, in the form of the original's memory.
type BssData struct {
	Nr_running            uint64 `json:"nr_running"`            // tasks on a CPU, roughly
	Nr_queued             uint64 `json:"nr_queued"`             // tasks sent to this process and not drained
	Nr_scheduled          uint64 `json:"nr_scheduled"`          // the last argument of NotifyComplete
	Nr_online_cpus        uint64 `json:"nr_online_cpus"`        // CPUs
	Usersched_last_run_at uint64 `json:"usersched_last_run_at"` // last receive or dispatch: CLOCK_MONOTONIC, ns
	Nr_user_dispatches    uint64 `json:"nr_user_dispatches"`    // decisions carried out
	Nr_kernel_dispatches  uint64 `json:"nr_kernel_dispatches"`  // tasks run without a decision
	Nr_cancel_dispatches  uint64 `json:"nr_cancel_dispatches"`  // decisions whose task was no longer waiting
	Nr_bounce_dispatches  uint64 `json:"nr_bounce_dispatches"`  // decisions for a CPU that the task may not use
	Nr_failed_dispatches  uint64 `json:"nr_failed_dispatches"`  // malformed decisions
	Nr_sched_congested    uint64 `json:"nr_sched_congested"`    // tasks whose record found no room
}

// String returns the counters in one line.
func (data BssData) String() string {
	type fields BssData // without this method
	return fmt.Sprintf("%+v", fields(data))
}

// GetBssData reads the counters. It fails before Start and after Close.
func (s *Sched) GetBssData() (BssData, error) {
	k := s.kernel()
	if k == nil {
		return BssData{}, errNotStarted
	}
	st, err := k.Stats()
	if err != nil {
		return BssData{}, fmt.Errorf("qumun: read the counters: %w", err)
	}
	data := newBssData(&st)
	data.Nr_queued += s.GetNrQueued()
	data.Nr_scheduled = s.out.scheduled.Load()
	data.Nr_running = min(runnable(), data.Nr_online_cpus)
	if now, age := clock.Read(clock.Monotonic), uint64(st.HeartbeatAge); age < now {
		data.Usersched_last_run_at = now - age
	}
	return data, nil
}

func newBssData(st *scx.Stats) BssData {
	return BssData{
		Nr_queued:            st.Queued - min(st.Received, st.Queued), // the two are read one after the other
		Nr_online_cpus:       uint64(st.NrCPUs),
		Nr_user_dispatches:   st.Dispatched,
		Nr_kernel_dispatches: st.Rescued + st.Congested + st.IdleDirect + st.AgentDirect + st.KthreadDirect + st.KernelDirect,
		Nr_cancel_dispatches: st.Stale,
		Nr_bounce_dispatches: st.Bounced,
		Nr_failed_dispatches: st.Refused,
		Nr_sched_congested:   st.Congested,
	}
}

// runnable counts the machine's tasks that run or want to; it returns 0 if it cannot.
func runnable() uint64 {
	text, _ := os.ReadFile("/proc/stat")
	_, rest, _ := strings.Cut(string(text), "procs_running ")
	number, _, _ := strings.Cut(rest, "\n")
	n, _ := strconv.ParseUint(number, 10, 64)
	return n
}

// Room for the texts of a UserExitInfo, with the NUL that ends them.
const (
	UEI_REASON_LEN = 128
	UEI_MSG_LEN    = 1024
)

// UserExitInfo says how and why the scheduler ended. Kind is the kernel's enum scx_exit_kind; 0
// while it runs.
type UserExitInfo struct {
	Kind     int32
	Paid     uint32
	ExitCode int64
	Reason   [UEI_REASON_LEN]int8
	Message  [UEI_MSG_LEN]int8
}

// GetUeiData reads the exit information. It fails before Start and after Close.
func (s *Sched) GetUeiData() (UserExitInfo, error) {
	k := s.kernel()
	if k == nil {
		return UserExitInfo{}, errNotStarted
	}
	info, err := k.ExitInfo()
	if err != nil {
		return UserExitInfo{}, fmt.Errorf("qumun: read how the scheduler ended: %w", err)
	}
	uei := UserExitInfo{Kind: int32(info.Kind), ExitCode: info.Code}
	putText(uei.Reason[:], info.Reason)
	putText(uei.Message[:], info.Message)
	return uei, nil
}

// Stopped reports whether the scheduler has ended, is closed, or was never started.
func (s *Sched) Stopped() bool {
	uei, err := s.GetUeiData()
	return err != nil || uei.Kind != 0 || uei.ExitCode != 0
}

// GetReason returns the reason as a string.
func (uei *UserExitInfo) GetReason() string { return text(uei.Reason[:]) }

// GetMessage returns the message as a string.
func (uei *UserExitInfo) GetMessage() string { return text(uei.Message[:]) }

// putText copies as much as fits before a final NUL.
func putText(to []int8, from string) {
	for i := 0; i < len(from) && i < len(to)-1; i++ {
		to[i] = int8(from[i])
	}
}

func text(from []int8) string {
	var b strings.Builder
	for _, c := range from {
		if c == 0 {
			break
		}
		b.WriteByte(byte(c))
	}
	return b.String()
}
