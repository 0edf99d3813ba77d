package core

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/qumun/internal/enums"
)

const (
	// watchdog is the original's: the kernel ends a scheduler under which a task waits for this long.
	watchdog = 5 * time.Second
	// watchdogMost is the longest time that the kernel allows.
	watchdogMost = 30 * time.Second
	// sliceMost bounds a decision's slice: it is the library's maximum, since the original has no bound.
	sliceMost = time.Second
)

// config holds the setters' values until Start.
type config struct {
	debug           bool
	builtinIdle     bool
	earlyProcessing bool
	kernelMode      bool
	watchdogOff     bool
	sliceNS         uint64
	userPID         int
	khugepagedPID   uint32
}

func (c *config) options() (scx.Options, error) {
	opts := scx.Options{
		Name:          schedulerName,
		Timeout:       watchdog,
		NoBuiltinIdle: !c.builtinIdle,
		Debug:         c.debug,
		Slice:         time.Duration(c.sliceNS),
		SliceMax:      sliceMost,
	}
	if opts.Slice < 0 {
		return opts, fmt.Errorf("qumun: start: a default slice of %d ns is out of range", c.sliceNS)
	}
	if c.watchdogOff {
		opts.Timeout = watchdogMost
	}
	if c.kernelMode {
		opts.KernelMode, opts.NoBuiltinIdle = true, false
	}
	return opts, nil
}

// set changes the configuration, which Start reads.
func (s *Sched) set(setter string, change func(*config)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started {
		s.fail(fmt.Errorf("qumun: %s must be called before Start", setter))
		return
	}
	change(&s.config)
}

// SetDebug sends libbpf's debug messages to standard error.
func (s *Sched) SetDebug(enabled bool) {
	s.set("SetDebug", func(c *config) { c.debug = enabled })
}

// SetBuiltinIdle lets a task that wakes and finds an idle CPU run there at once, without
// asking the program. It is off unless set.
func (s *Sched) SetBuiltinIdle(enabled bool) {
	s.set("SetBuiltinIdle", func(c *config) { c.builtinIdle = enabled })
}

// SetEarlyProcessing changes nothing. In the original it makes kernel threads bypass the program,
// which they always do here.
func (s *Sched) SetEarlyProcessing(enabled bool) {
	s.set("SetEarlyProcessing", func(c *config) { c.earlyProcessing = enabled })
}

// SetDefaultSlice sets the time slice, in ns, of decisions without one: 100 µs to 1 s; 0 is
// 5 ms.
func (s *Sched) SetDefaultSlice(t uint64) {
	s.set("SetDefaultSlice", func(c *config) { c.sliceNS = t })
}

// EnableKernelMode lets the kernel side decide everything by itself, in fair order, with the
// built-in idle selection. There are no tasks to dequeue then; priority tasks go before others.
func (s *Sched) EnableKernelMode() {
	s.set("EnableKernelMode", func(c *config) { c.kernelMode = true })
}

// DisableMaxTimeWatchdog raises the timeout of the kernel's watchdog from 5 s to 30 s, its maximum.
// The watchdog cannot be off; but since the kernel side runs tasks that the program forgets, it
// finds none.
func (s *Sched) DisableMaxTimeWatchdog() {
	s.set("DisableMaxTimeWatchdog", func(c *config) { c.watchdogOff = true })
}

// AssignUserSchedPid says which process decides. That is always the one that calls Attach, so
// another pid is an error.
func (s *Sched) AssignUserSchedPid(pid int) error {
	if pid != os.Getpid() {
		return fmt.Errorf("qumun: assign pid %d: only this process, %d, can be the scheduler", pid, os.Getpid())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config.userPID = pid
	s.config.khugepagedPID = KhugepagePid()
	return nil
}

// AssignKhugepagePid sets only what GetRoData returns: the kernel side runs all kernel threads by
// itself.
func (s *Sched) AssignKhugepagePid(pid int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config.khugepagedPID = uint32(pid)
	return nil
}

// GetUserSchedPid returns the pid given to AssignUserSchedPid; 0 before.
func GetUserSchedPid() int {
	s := loaded.Load()
	if s == nil {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.config.userPID
}

// KhugepagePid returns the pid of the kernel thread khugepaged; 0 if there is none.
func KhugepagePid() uint32 {
	names, _ := filepath.Glob("/proc/[0-9]*/comm")
	for _, name := range names {
		comm, err := os.ReadFile(name)
		if err != nil || strings.TrimSpace(string(comm)) != "khugepaged" {
			continue // it ended meanwhile, or is another process
		}
		dir := filepath.Dir(name)
		// Any process may have this name, but only a kernel thread has no program.
		if _, err := os.Readlink(filepath.Join(dir, "exe")); err == nil {
			continue
		}
		if pid, err := strconv.ParseUint(filepath.Base(dir), 10, 32); err == nil {
			return uint32(pid)
		}
	}
	return 0
}

// IsSMTActive reports whether CPUs share cores.
func IsSMTActive() (bool, error) {
	const file = "/sys/devices/system/cpu/smt/active"
	text, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	switch strings.TrimSpace(string(text)) {
	case "0":
		return false, nil
	case "1":
		return true, nil
	}
	return false, fmt.Errorf("qumun: %s holds %q, not 0 or 1", file, text)
}

// Rodata is the configuration, in the form of the original's read-only memory.
type Rodata struct {
	DefaultSlice           uint64   `json:"default_slice"`
	SmtEnabled             bool     `json:"smt_enabled"`
	Debug                  bool     `json:"debug"`
	Pad0                   [54]byte `json:"-"`
	SCXOpsNameLen          uint64   `json:"scx_ops_name_len"`
	SCXSliceDfl            uint64   `json:"scx_slice_dfl"`
	SCXSliceInf            uint64   `json:"scx_slice_inf"`
	SCXRqOnline            uint64   `json:"scx_rq_online"`
	SCXRqCanStopTick       uint64   `json:"scx_rq_can_stop_tick"`
	SCXRqBalPending        uint64   `json:"scx_rq_bal_pending"`
	SCXRqBalKeep           uint64   `json:"scx_rq_bal_keep"`
	SCXRqBypassing         uint64   `json:"scx_rq_bypassing"`
	SCXRqClkValid          uint64   `json:"scx_rq_clk_valid"`
	SCXRqInWakeup          uint64   `json:"scx_rq_in_wakeup"`
	SCXRqInBalance         uint64   `json:"scx_rq_in_balance"`
	SCXDsqFlagBuiltin      uint64   `json:"scx_dsq_flag_builtin"`
	SCXDsqFlagLocalOn      uint64   `json:"scx_dsq_flag_local_on"`
	SCXDsqInvalid          uint64   `json:"scx_dsq_invalid"`
	SCXDsqGlobal           uint64   `json:"scx_dsq_global"`
	SCXDsqLocal            uint64   `json:"scx_dsq_local"`
	SCXDsqLocalOn          uint64   `json:"scx_dsq_local_on"`
	SCXDsqLocalCpuMask     uint64   `json:"scx_dsq_local_cpu_mask"`
	SCXTaskQueued          uint64   `json:"scx_task_queued"`
	SCXTaskResetRunnableAt uint64   `json:"scx_task_reset_runnable_at"`
	SCXTaskDeqdForSleep    uint64   `json:"scx_task_deqd_for_sleep"`
	SCXTaskStateShift      uint64   `json:"scx_task_state_shift"`
	SCXTaskStateBits       uint64   `json:"scx_task_state_bits"`
	SCXTaskStateMask       uint64   `json:"scx_task_state_mask"`
	SCXTaskCursor          uint64   `json:"scx_task_cursor"`
	SCXTaskNone            uint64   `json:"scx_task_none"`
	SCXTaskInit            uint64   `json:"scx_task_init"`
	SCXTaskReady           uint64   `json:"scx_task_ready"`
	SCXTaskEnabled         uint64   `json:"scx_task_enabled"`
	SCXTaskNrStates        uint64   `json:"scx_task_nr_states"`
	SCXTaskDsqOnPriq       uint64   `json:"scx_task_dsq_on_priq"`
	SCXKickIdle            uint64   `json:"scx_kick_idle"`
	SCXKickPreempt         uint64   `json:"scx_kick_preempt"`
	SCXKickWait            uint64   `json:"scx_kick_wait"`
	SCXEnqWakeup           uint64   `json:"scx_enq_wakeup"`
	SCXEnqHead             uint64   `json:"scx_enq_head"`
	SCXEnqPreempt          uint64   `json:"scx_enq_preempt"`
	SCXEnqReenq            uint64   `json:"scx_enq_reenq"`
	SCXEnqLast             uint64   `json:"scx_enq_last"`
	SCXEnqClearOpss        uint64   `json:"scx_enq_clear_opss"`
	SCXEnqDsqPriq          uint64   `json:"scx_enq_dsq_priq"`
	UeiDumpLen             uint32   `json:"uei_dump_len"`
	UserschedPid           uint32   `json:"usersched_pid"`
	KhugepagePid           uint32   `json:"khugepage_pid"`
	SwitchPartial          bool     `json:"switch_partial"`
	EarlyProcessing        bool     `json:"early_processing"`
	BuiltinIdle            bool     `json:"builtin_idle"`
}

// GetRoData returns the configuration. It fails before Start.
func (s *Sched) GetRoData() (Rodata, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.started {
		return Rodata{}, errors.New("qumun: read the configuration: the scheduler is not started")
	}
	smt, _ := IsSMTActive() // no such file: no SMT
	c, defaults := &s.config, scx.DefaultOptions()
	slice := c.sliceNS
	if slice == 0 {
		slice = uint64(defaults.Slice)
	}
	return Rodata{
		DefaultSlice:           slice,
		SmtEnabled:             smt,
		Debug:                  c.debug,
		SCXOpsNameLen:          enums.OpsNameLen,
		SCXSliceDfl:            enums.SliceDfl,
		SCXSliceInf:            enums.SliceInf,
		SCXRqOnline:            enums.RqOnline,
		SCXRqCanStopTick:       enums.RqCanStopTick,
		SCXRqBalPending:        enums.RqBalPending,
		SCXRqBalKeep:           enums.RqBalKeep,
		SCXRqBypassing:         enums.RqBypassing,
		SCXRqClkValid:          enums.RqClkValid,
		SCXRqInWakeup:          enums.RqInWakeup,
		SCXRqInBalance:         enums.RqInBalance,
		SCXDsqFlagBuiltin:      enums.DsqFlagBuiltin,
		SCXDsqFlagLocalOn:      enums.DsqFlagLocalOn,
		SCXDsqInvalid:          enums.DsqInvalid,
		SCXDsqGlobal:           enums.DsqGlobal,
		SCXDsqLocal:            enums.DsqLocal,
		SCXDsqLocalOn:          enums.DsqLocalOn,
		SCXDsqLocalCpuMask:     enums.DsqLocalCPUMask,
		SCXTaskQueued:          enums.TaskQueued,
		SCXTaskResetRunnableAt: enums.TaskResetRunnableAt,
		SCXTaskDeqdForSleep:    enums.TaskDeqdForSleep,
		SCXTaskStateShift:      enums.TaskStateShift,
		SCXTaskStateBits:       enums.TaskStateBits,
		SCXTaskStateMask:       enums.TaskStateMask,
		SCXTaskCursor:          enums.TaskCursor,
		SCXTaskNone:            enums.TaskNone,
		SCXTaskInit:            enums.TaskInit,
		SCXTaskReady:           enums.TaskReady,
		SCXTaskEnabled:         enums.TaskEnabled,
		SCXTaskNrStates:        enums.TaskNrStates,
		SCXTaskDsqOnPriq:       enums.TaskDsqOnPriq,
		SCXKickIdle:            enums.KickIdle,
		SCXKickPreempt:         enums.KickPreempt,
		SCXKickWait:            enums.KickWait,
		SCXEnqWakeup:           enums.EnqWakeup,
		SCXEnqHead:             enums.EnqHead,
		SCXEnqPreempt:          enums.EnqPreempt,
		SCXEnqReenq:            enums.EnqReenq,
		SCXEnqLast:             enums.EnqLast,
		SCXEnqClearOpss:        enums.EnqClearOpss,
		SCXEnqDsqPriq:          enums.EnqDsqPriq,
		UeiDumpLen:             uint32(defaults.ExitDumpBytes),
		UserschedPid:           uint32(c.userPID),
		KhugepagePid:           c.khugepagedPID,
		EarlyProcessing:        c.earlyProcessing,
		BuiltinIdle:            c.builtinIdle,
	}, nil
}
