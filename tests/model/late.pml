/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lateness: with all CPUs busy for good, every parked task runs in the end.
 *
 *   here           in the code
 *   Cpu            scxbridge.bpf.c scxb_dispatch_op(), round after round: rescue_forgotten() of
 *                  rescue.bpf.h, then dispatch_decided() of decided.bpf.h, then rescue_late()
 *   look_due       OVERDUE_PERIOD_NS have passed since the last look for overdue tasks
 *   age            how long a task has been parked: FRESH, LATE (opt_grace_ns), OVERDUE (4 times that)
 *   agent          HEALTHY: it answers, but may lose any decision; GONE: stopped, dead, not yet
 *                  adopted. It may change at any time, for good or again and again
 *   decided        somebody's decided task waits, on SHARED or on the queue of this CPU: at any time,
 *                  as a flood of short tasks would have it
 *   Task 1         may run on CPU 1 only
 *   first          the order of PARK, by vruntime: who ran goes behind who did not
 *
 * A round is one step here, since park.pml looks at what goes on inside. Time passes by itself, but is
 * only weakly fair: a clock that can go on does so in the end. What it does not say is how long
 * anything takes; the scenarios measure that.
 *
 * Broken on purpose: HEARTBEAT (late is only who waits while the agent gives no sign of life),
 * NO_OVERDUE (PARK after all decided tasks), ONE_LOOK (one forgotten_looked_at for all CPUs).
 */
#define FRESH 0
#define LATE 1
#define OVERDUE 2

bool parked[2];
byte age[2];
bool healthy = true;
bool look_due[2];
bit first;

#ifdef ONE_LOOK
#define LOOK 0
#else
#define LOOK c
#endif
#ifdef HEARTBEAT
#define IS(t, a) (parked[t] && age[t] >= a && !healthy)
#else
#define IS(t, a) (parked[t] && age[t] >= a)
#endif
#define ANY(a) (IS(0, a) || (c == 1 && IS(1, a)))
#define ran(t) parked[t] = false; age[t] = FRESH; first = 1 - t

inline rescue(a)
{
	if
	:: IS(0, a) && (first == 0 || !(c == 1 && IS(1, a))) -> ran(0)
	:: c == 1 && IS(1, a) && (first == 1 || !IS(0, a)) -> ran(1)
	fi
}

active [2] proctype Cpu()
{
	byte c = _pid;

	do
	:: atomic {
		true ->
		if
#ifndef NO_OVERDUE
		:: look_due[LOOK] && (parked[0] || parked[1]) ->
			look_due[LOOK] = false;
			if
			:: ANY(OVERDUE) -> rescue(OVERDUE)
			:: else
			fi
		:: !look_due[LOOK] || !(parked[0] || parked[1]) ->
#else
		:: true ->
#endif
			if
			:: true /* a decided task */
			:: ANY(LATE) -> rescue(LATE)
			fi
		fi
	}
	od
}

/* Parks again and again, and its decision comes at some time or never. */
active [2] proctype Task()
{
	byte t = _pid - 2;
	bool lost;

	do
	:: atomic { !parked[t] -> parked[t] = true; lost = true; }
	:: atomic { !parked[t] -> parked[t] = true; lost = false; }
	:: atomic { parked[t] && healthy && !lost -> ran(t); }
	od
}

active proctype Age0() { do :: atomic { parked[0] && age[0] < OVERDUE -> age[0]++; } od }
active proctype Age1() { do :: atomic { parked[1] && age[1] < OVERDUE -> age[1]++; } od }
active proctype Look0() { do :: atomic { !look_due[0] -> look_due[0] = true; } od }
active proctype Look1() { do :: atomic { !look_due[1] -> look_due[1] = true; } od }
active proctype Agent() { do :: healthy = !healthy :: break od }

ltl all_run { [] (parked[0] -> <> !parked[0]) && [] (parked[1] -> <> !parked[1]) }
