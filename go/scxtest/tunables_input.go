//go:build ignore

// The input from which `make generate` makes tunables.go.
package scxtest

// #include "tunables.h"
import "C"

// The kernel side's tunables, times in ns: rust/bpf/tunables.h says what each is for.
const (
	parksMax         = C.PARKS_MAX
	parksSplitCPUs   = C.PARKS_SPLIT_CPUS
	parkCPUsMin      = C.PARK_CPUS_MIN
	systemDebtSlices = C.SYSTEM_DEBT_SLICES
	systemScan       = C.SYSTEM_SCAN
	orderMargin      = C.ORDER_MARGIN_NS
	resumeMin        = C.RESUME_MIN_NS
	watchMin         = C.WATCH_MIN_NS
	watchMax         = C.WATCH_MAX_NS
	rescueScan       = C.RESCUE_SCAN
	rescueScanAll    = C.RESCUE_SCAN_ALL
	scanAllPeriod    = C.SCAN_ALL_PERIOD_NS
	overdueMin       = C.OVERDUE_MIN_NS
	overduePeriod    = C.OVERDUE_PERIOD_NS
	quotaChunk       = C.QUOTA_CHUNK_NS
	quotaPeriodsMax  = C.QUOTA_PERIODS_MAX
	releaseEach      = C.RELEASE_NS
	releaseAgain     = C.RELEASE_AGAIN_NS
	releaseMin       = C.RELEASE_MIN_NS
	releaseScan      = C.RELEASE_SCAN
	touchWait        = C.TOUCH_NS
	touchPeriod      = C.TOUCH_PERIOD_NS
	sharesPeriod     = C.SHARES_PERIOD_NS
	vruntimeLag      = C.VRUNTIME_LAG_NS
	vruntimeLead     = C.VRUNTIME_LEAD_NS
	vruntimeLook     = C.VRUNTIME_LOOK_NS
	lightSliceParts  = C.LIGHT_SLICE_PARTS
	aloneScan        = C.ALONE_SCAN
	agentOutGraces   = C.AGENT_OUT_GRACES
	stealAfter       = C.STEAL_AFTER_NS
	stealLook        = C.STEAL_LOOK_NS
	stealPeriod      = C.STEAL_PERIOD_NS
	stealPause       = C.STEAL_PAUSE_NS
	stealMargin      = C.STEAL_MARGIN_NS
	stealWait        = C.STEAL_WAIT_NS
	stealFar         = C.STEAL_FAR_NS
	crowdedWakeups   = C.CROWDED_WAKEUPS
	crowdedPause     = C.CROWDED_PAUSE_NS
	lateFarGraces    = C.LATE_FAR_GRACES
	systemNear       = C.SYSTEM_NEAR_NS
	agentMove        = C.AGENT_MOVE_NS
)
