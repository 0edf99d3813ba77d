package trace

// What of Perfetto's format is used here: the numbers of fields in its messages, as protos/perfetto/trace has them.
const (
	tracePacket = 1 // of Trace

	packetClockSnapshot = 6 // of TracePacket
	packetTimestamp     = 8
	packetSequence      = 10
	packetTrackEvent    = 11
	packetInterned      = 12
	packetFlags         = 13
	packetClock         = 58
	packetDefaults      = 59
	packetTrack         = 60

	snapshotClocks = 1 // of ClockSnapshot
	clockID        = 1 // of ClockSnapshot.Clock
	clockTime      = 2

	defaultsClock = 58 // of TracePacketDefaults

	internedNames       = 2 // of InternedData: of events
	internedAnnotations = 3
	internedID          = 1
	internedName        = 2

	trackUUID     = 1 // of TrackDescriptor
	trackName     = 2
	trackProcess  = 3
	trackThread   = 4
	trackParent   = 5
	trackOrdering = 11
	trackRank     = 12

	processPID  = 1 // of ProcessDescriptor
	processName = 6
	threadPID   = 1 // of ThreadDescriptor
	threadTID   = 2
	threadName  = 5

	eventAnnotations = 4 // of TrackEvent
	eventType        = 9
	eventNameID      = 10
	eventTrack       = 11
	eventName        = 23

	annotationID     = 1 // of DebugAnnotation
	annotationUint   = 3
	annotationInt    = 4
	annotationString = 6
)

const (
	sequenceCleared = 1 // TracePacket.SequenceFlags
	sequenceNeeds   = 2

	sliceBegin = 1 // TrackEvent.Type
	sliceEnd   = 2
	instant    = 3

	orderExplicit = 3 // TrackDescriptor.ChildTracksOrdering

	perfettoRealtime  = 1 // BuiltinClock
	perfettoMonotonic = 3
	perfettoBoottime  = 6
)

// Names of events; their ids are their places, from 1 on.
const (
	nameInfo = 1 + iota
	nameSummary
	nameDecision
	nameQueue
	nameRun
	nameUnrecorded
)

var eventNames = []string{"trace begins", "trace ends", "waits for decision", "waits for CPU", "runs", "runs without records"}

// Names of annotations, likewise. A reader goes by the names.
const (
	noteSeq = 1 + iota
	notePID
	noteTGID
	noteCPU
	noteAllowed
	noteReady
	noteStart
	noteStop
	noteExec
	noteWeight
	noteOwnWeight
	noteVTime
	noteCgroup
	noteRun
	noteWeighted
	noteLeased
	noteFlags
	noteComm
	noteWhy
	noteCPUs
	noteReceived
	noteDecided
	noteTarget
	noteTargetCPU
	noteSlice
	noteKey
	noteDecisionFlags
	notePreempt
	noteLease
	noteLeaseCount
	noteAgent
	noteMachineCPUs
	noteThreadsPerCore
	noteCPUsPerLLC
	noteBegin
	noteEnd
	noteTotalReceived
	noteTotalTraced
	noteTotalDropped
	noteDecisions
	noteDecisionsTraced
	noteDecisionsDropped
	noteDecisionsUnpaired
	noteSetting // name=value
	notes
)

var annotationNames = [notes]string{
	noteSeq: "seq", notePID: "tid", noteTGID: "pid", noteCPU: "cpu", noteAllowed: "nr_cpus_allowed", noteReady: "queued_at",
	noteStart: "last_start", noteStop: "last_stop", noteExec: "runtime_since_sleep_ns", noteWeight: "weight", noteOwnWeight: "own_weight",
	noteVTime: "vtime", noteCgroup: "cgroup_id", noteRun: "runtime_since_record_ns", noteWeighted: "weighted_ns", noteLeased: "leased",
	noteFlags: "flags", noteComm: "comm", noteWhy: "why", noteCPUs: "cpus_allowed", noteReceived: "received_at",
	noteDecided: "decided_at", noteTarget: "target", noteTargetCPU: "decision_cpu", noteSlice: "slice_ns", noteKey: "decision_vtime",
	noteDecisionFlags: "decision_flags", notePreempt: "preempt", noteLease: "lease_ns", noteLeaseCount: "lease_count",
	noteAgent: "agent", noteMachineCPUs: "cpus", noteThreadsPerCore: "threads_per_core", noteCPUsPerLLC: "cpus_per_llc",
	noteBegin: "begin", noteEnd: "end", noteTotalReceived: "received", noteTotalTraced: "traced", noteTotalDropped: "dropped",
	noteDecisions: "decisions", noteDecisionsTraced: "decisions_traced", noteDecisionsDropped: "decisions_dropped",
	noteDecisionsUnpaired: "decisions_unpaired", noteSetting: "setting",
}
