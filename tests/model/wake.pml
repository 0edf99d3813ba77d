/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting: no wake-up of the agent is lost, however full the rings.
 *
 *   here                        in the code
 *   Enqueue, one for each CPU   park.bpf.h park(): bpf_ringbuf_reserve(), agent_wakeup_flags() of
 *                               wake.bpf.h, bpf_ringbuf_submit()
 *   Agent, "ready"              wait.rs ready(): has_records() of task_rings.rs
 *   stored, StoreBuffer         `waiting` is stored, and other CPUs don't see it yet: until the
 *                               fence in wait.rs wait() at the latest
 *   Agent, "poll"               wait.rs poll(): the kernel puts the caller on the wait queue of each ring,
 *                               and looks there (ringbuf_map_poll_kern()), then sleeps if nothing is there
 *   Agent, "receive"            task_rings.rs read(), of all that is there
 *   death                       at any step; another one adopts and begins with ready()
 *
 * Producers never wait, so there are few of them and each sends few records; a small ring is as good
 * as a large one that is nearly full. Waits have no time limit: it would hide a lost wake-up.
 *
 * The order of park() that is proven here: reserve the record, then look at `waiting` and clear
 * it, then submit that record, with BPF_RB_FORCE_WAKEUP if it was set. WAKE_RECORD is another order:
 * submit, clear `waiting`, then reserve a second record only to wake. That loses the wake-up when
 * others fill the ring in between.
 *
 * With RINGS=2 each CPU has a ring of its own.
 *
 * Broken on purpose: WAKE_RECORD, LATE_WAITING (set after the last look, that of poll), NO_FENCE (no
 * full barrier between the store and the last look), ONE_RING (poll waits for the first ring only).
 */
#ifndef RINGS
#define RINGS 1
#endif
#ifndef RING
#define RING 2
#endif
#ifndef RECORDS
#define RECORDS 3 /* of each CPU */
#endif

byte produced[2], consumed[2]; /* positions: a record counts from its reservation on */
byte busy[2];		       /* reserved, not yet submitted */
bool waiting, stored;
bool on_wait_queue, woken;
byte deaths = 1;

#define MINE (_pid % RINGS) /* the first two processes are the CPUs */
#define FULL (produced[MINE] - consumed[MINE] == RING)
#define READY_IN(ring) (produced[ring] != consumed[ring])
#define READY (READY_IN(0) || READY_IN(1))
#ifdef ONE_RING
#define READY_IN_POLL READY_IN(0)
#define WAKES (on_wait_queue && MINE == 0)
#else
#define READY_IN_POLL READY
#define WAKES on_wait_queue
#endif

inline wake()
{
	d_step {
		if
		:: WAKES -> woken = true
		:: else
		fi
	}
}

active [2] proctype Enqueue()
{
	byte n;
	bool force;

	do
	:: n < RECORDS ->
		n++;
		if
		:: FULL /* congested */
		:: atomic { !FULL -> produced[MINE]++; busy[MINE]++; }
#ifdef WAKE_RECORD
			busy[MINE]--;
			if
			:: waiting ->
				waiting = false;
				if
				:: FULL
				:: atomic { !FULL -> produced[MINE]++ } /* skipped by the reader */
					wake()
				fi
			:: !waiting
			fi
#else
			if
			:: waiting -> waiting = false; force = true
			:: !waiting
			fi;
			busy[MINE]--;
			if
			:: force -> wake(); force = false
			:: else
			fi
#endif
		fi
	:: else -> break
	od
}

active proctype StoreBuffer()
{
end:	do
	:: d_step { stored -> stored = false; waiting = true; }
	od
}

#define MAY_DIE :: atomic { deaths > 0 -> goto dead }
#define set_waiting stored = true
#ifdef NO_FENCE
#define fence
#else
#define fence !stored;
#endif
#define clear_waiting d_step { stored = false; waiting = false; }

active proctype Agent()
{
ready:
	if
	:: READY -> goto receive
	:: !READY
	MAY_DIE
	fi;
#ifndef LATE_WAITING
	set_waiting;
	fence
	if
	:: READY -> clear_waiting; goto receive
	:: !READY
	MAY_DIE
	fi;
#endif
	on_wait_queue = true; /* poll */
	if
	:: READY_IN_POLL
	:: !READY_IN_POLL ->
#ifdef LATE_WAITING
		set_waiting;
		fence
#endif
end_poll:	if
		:: woken
		MAY_DIE
		fi
	fi;
	d_step { on_wait_queue = false; woken = false; }
	clear_waiting;
	goto ready;

receive:
	/* It stops at a record that is not submitted yet; what is behind that one in its ring waits, too. */
	if
	:: atomic { READY_IN(0) && busy[0] == 0 -> consumed[0] = produced[0] }
	:: READY_IN(0) && busy[0] > 0
	:: !READY_IN(0)
	MAY_DIE
	fi;
	if
	:: atomic { READY_IN(1) && busy[1] == 0 -> consumed[1] = produced[1] }
	:: READY_IN(1) && busy[1] > 0
	:: !READY_IN(1)
	MAY_DIE
	fi;
	goto ready;

dead:
	atomic { deaths--; on_wait_queue = false; woken = false; }
	goto ready
}

ltl all_received { [] (READY -> <> !READY) }
