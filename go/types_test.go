package scxbridge

import (
	"errors"
	"io/fs"
	"os"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		op    string
		errno syscall.Errno
		is    error
	}{
		{opReceive, syscall.ECANCELED, ErrClosed},
		{opOpen, syscall.EOPNOTSUPP, ErrNotSupported},
		{opOpen, syscall.ENOSYS, ErrNotSupported},
		{opDispatch, syscall.ENOTCONN, ErrNotAttached},
		{opReceive, syscall.ESHUTDOWN, ErrEnded},
		{opSelectCPU, syscall.ESRCH, ErrNoSuchTask},
		{opSelectCPU, syscall.EBUSY, ErrNoIdleCPU},
		{opAttach, syscall.EBUSY, ErrBusy},
		{opOpen, syscall.EINVAL, ErrInvalid},
		{opLoad, syscall.EPERM, ErrPermission},
		{opLoad, syscall.EACCES, fs.ErrPermission}, // the standard library's, too
		{opLoad, syscall.EIO, syscall.EIO},
	} {
		err := error(newError(c.op, -int32(c.errno), ""))
		if !errors.Is(err, c.is) || !errors.Is(err, c.errno) {
			t.Errorf("%s %v is not %v", c.op, c.errno, c.is)
		}
		if c.op == opAttach && errors.Is(err, ErrNoIdleCPU) {
			t.Errorf("EBUSY of attach is ErrNoIdleCPU")
		}
	}
	if got := newError(opAttach, -int32(syscall.EBUSY), `attach "y": another scheduler "x" is active`).Error(); got != `scxbridge: attach "y": another scheduler "x" is active` {
		t.Errorf("text %q", got)
	}
	if got := newError(opLoad, -int32(syscall.EIO), "").Error(); got != "scxbridge: load: input/output error" {
		t.Errorf("text %q", got)
	}
	if got := newError(opReceive, statusClosed, "").Error(); got != "scxbridge: receive: scheduler is closed" {
		t.Errorf("text %q", got)
	}
}

func TestOptionsZeroIsDefault(t *testing.T) {
	d := capi.Options{Flags: capi.OptionBuiltinIdle, TimeoutMS: 1, GraceUS: 2, SliceNS: 3, SliceMaxNS: 4, QueuedBytes: 5, DecisionsBytes: 6, ExitDumpBytes: 7}
	got, err := (&Options{}).native(d)
	if err != nil || got != d {
		t.Errorf("native() = %+v, %v; want %+v", got, err, d)
	}
}

func TestOptionsAll(t *testing.T) {
	o := Options{
		Name: "goland", Timeout: 3 * time.Second, Grace: 7 * time.Millisecond, Slice: 9 * time.Millisecond, SliceMax: time.Second,
		QueuedBytes: 1 << 16, DecisionsBytes: 1 << 17, ExitDumpBytes: 1 << 18, NoBuiltinIdle: true, KernelMode: true, Partial: true, LockMemory: true, Pin: true, Debug: true,
		DirectBound: true, DirectSync: true, BatchWindow: 300 * time.Microsecond, IgnoreCgroupLimits: true, IgnoreCgroupWeights: true, OneDomain: true, OwnDomains: true, Ends: true,
	}
	want := capi.Options{
		Flags: capi.OptionKernelMode | capi.OptionPartial | capi.OptionLockMemory | capi.OptionDebug | capi.OptionPin | capi.OptionDirectBound | capi.OptionDirectSync | capi.OptionIgnoreCgroupLimits | capi.OptionIgnoreCgroupWeights | capi.OptionOneDomain | capi.OptionOwnDomains | capi.OptionEnds, Name: "goland", TimeoutMS: 3000, GraceUS: 7000,
		SliceNS: 9e6, SliceMaxNS: 1e9, QueuedBytes: 1 << 16, DecisionsBytes: 1 << 17, ExitDumpBytes: 1 << 18, BatchUS: 300,
	}
	if v := reflect.ValueOf(o); v.NumField() != 22 {
		t.Errorf("%d options: this test knows 22", v.NumField())
	}
	got, err := o.native(capi.Options{Flags: capi.OptionBuiltinIdle, GraceUS: 5})
	if err != nil || got != want {
		t.Errorf("native() = %+v, %v; want %+v", got, err, want)
	}
	o.Grace = GraceImmediate
	if got, err := o.native(capi.Options{GraceUS: 5}); err != nil || got.GraceUS != 0 {
		t.Errorf("GraceImmediate is %d µs, %v", got.GraceUS, err)
	}
}

func TestOptionsRefused(t *testing.T) {
	for field, o := range map[string]Options{
		"Name":           {Name: "a\x00b"},
		"Timeout":        {Timeout: time.Microsecond},
		"Grace":          {Grace: -2},
		"Slice":          {Slice: -time.Second},
		"SliceMax":       {SliceMax: -1},
		"QueuedBytes":    {QueuedBytes: -1},
		"DecisionsBytes": {DecisionsBytes: 1 << 40},
		"ExitDumpBytes":  {ExitDumpBytes: -5},
		"BatchWindow":    {BatchWindow: time.Nanosecond},
	} {
		_, err := o.native(capi.Options{})
		var refused *Error
		if !errors.Is(err, ErrInvalid) || !errors.As(err, &refused) || refused.Option != field || !strings.Contains(err.Error(), "Options."+field+": ") {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// What only the library, or what stands for it, knows of the ranges. Both say it in the same words.
func TestOptionsOutOfRange(t *testing.T) {
	name := strings.Repeat("x", 127)
	for _, o := range []Options{{}, {Name: name}, {QueuedBytes: 64 << 20, SliceMax: time.Second}} {
		if _, err := o.WithDefaults(); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
	page := strconv.Itoa(os.Getpagesize())
	for text, o := range map[string]Options{
		`Options.Name: "a-b" is not 1 to 127 of letters, digits, '_' and '.'`:                   {Name: "a-b"},
		`Options.Name: ".." is not 1 to 127 of letters, digits, '_' and '.'`:                    {Name: ".."},
		`Options.Name: "x` + name + `" is not 1 to 127 of letters, digits, '_' and '.'`:         {Name: "x" + name},
		`Options.Timeout: 30.001s is not in 1ms to 30s`:                                         {Timeout: 30001 * time.Millisecond},
		`Options.SliceMax: 4.999999ms is not in 5ms to 1s`:                                      {SliceMax: 4999999},
		`Options.QueuedBytes: 5000 is not a power of two from ` + page + ` to 67108864`:         {QueuedBytes: 5000},
		`Options.DecisionsBytes: 2048 is not a power of two from ` + page + ` to 67108864`:      {DecisionsBytes: 2048},
		`Options.DecisionsBytes: 134217728 is not a power of two from ` + page + ` to 67108864`: {DecisionsBytes: 128 << 20},
	} {
		if _, err := o.WithDefaults(); !errors.Is(err, ErrInvalid) || err.Error() != "scxbridge: "+text {
			t.Errorf("got  %v\nwant scxbridge: %s", err, text)
		}
	}
}

// Each counter is copied, by name; Add and Sub know which ones are gauges.
func TestStatsFields(t *testing.T) {
	var c capi.Stats
	cv := reflect.ValueOf(&c).Elem()
	for i := 0; i < cv.NumField(); i++ {
		cv.Field(i).SetUint(uint64(i + 1))
	}
	s := newStats(&c)
	sv := reflect.ValueOf(s)
	if sv.NumField() != cv.NumField()-1 {
		t.Errorf("%d fields, want %d", sv.NumField(), cv.NumField()-1)
	}
	gauges := map[string]bool{"NrCPUs": true, "InFlight": true, "ThrottledNow": true, "SharedWaiting": true, "LocalWaiting": true, "HeartbeatAge": true}
	sum, diff := reflect.ValueOf(s.Add(s)), reflect.ValueOf(s.Sub(s))
	for i := 0; i < cv.NumField(); i++ {
		name := strings.TrimSuffix(cv.Type().Field(i).Name, "NS")
		if name == "Size" {
			continue
		}
		get := func(v reflect.Value) int64 {
			if f := v.FieldByName(name); f.CanInt() {
				return f.Int()
			} else {
				return int64(f.Uint())
			}
		}
		v := int64(i + 1)
		if get(sv) != v {
			t.Errorf("%s = %d, want %d", name, get(sv), v)
		}
		wantSum, wantDiff := 2*v, int64(0)
		if gauges[name] {
			wantSum, wantDiff = v, v
		}
		if get(sum) != wantSum || get(diff) != wantDiff {
			t.Errorf("%s: Add %d, Sub %d; want %d, %d", name, get(sum), get(diff), wantSum, wantDiff)
		}
	}
	good := Stats{Queued: 10, Dispatched: 6, Rescued: 2, Gone: 1, InFlight: 1, Decisions: 9, Stale: 2, Refused: 1}
	if r, d := good.Unaccounted(); r != 0 || d != 0 {
		t.Errorf("Unaccounted() = %d, %d; want 0, 0", r, d)
	}
	good.Gone, good.Stale = 0, 4
	if r, d := good.Unaccounted(); r != 1 || d != -2 {
		t.Errorf("Unaccounted() = %d, %d; want 1, -2", r, d)
	}
}

func TestTask(t *testing.T) {
	task := Task{PID: 3, VTime: 9, Seq: 4, Flags: EnqWakeup | EnqReenq}
	if task.Name() != "" || !task.Woke() {
		t.Errorf("%+v", task)
	}
	copy(task.Comm[:], "kworker/0:1")
	if task.Name() != "kworker/0:1" {
		t.Errorf("Name() = %q", task.Name())
	}
	copy(task.Comm[:], "0123456789abcdef") // no room for a NUL
	if task.Name() != "0123456789abcdef" {
		t.Errorf("Name() = %q", task.Name())
	}
	if d := task.Decide(2); d != (Decision{PID: 3, CPU: 2, VTime: 9, Seq: 4}) {
		t.Errorf("Decide() = %+v", d)
	}
	if n := testing.AllocsPerRun(10, func() { _ = len(task.NameBytes()) }); n != 0 {
		t.Errorf("NameBytes() allocates")
	}
	if unsafe.Sizeof(task) != 120 || unsafe.Sizeof(Decision{}) != 56 {
		t.Errorf("sizes %d, %d; ABI 0 says 120, 56", unsafe.Sizeof(task), unsafe.Sizeof(Decision{}))
	}
}

func TestExitKindString(t *testing.T) {
	for kind, want := range map[ExitKind]string{ExitNone: "not ended", ExitErrorStall: "runnable task stall", 77: "exit kind 77"} {
		if got := kind.String(); got != want {
			t.Errorf("%d is %q, want %q", kind, got, want)
		}
	}
}
