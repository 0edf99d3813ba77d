/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting: no wake-up of the agent is lost, however full the ring.
 *
 *   here                        in the code
 *   Enqueue, one for each CPU   park.bpf.h park(): bpf_ringbuf_reserve(), agent_wakeup_flags() of
 *                               wake.bpf.h, bpf_ringbuf_submit()
 *   Agent, "ready"              wait.rs ready(): has_records() of task_ring.rs
 *   stored, StoreBuffer         `waiting` is stored, and other CPUs don't see it yet: until the
 *                               fence in wait.rs wait() at the latest
 *   Agent, "poll"               wait.rs poll(): the kernel puts the caller on the ring's wait queue,
 *                               then looks (ringbuf_map_poll_kern()), then sleeps if nothing is there
 *   Agent, "receive"            task_ring.rs read(), of all that is there
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
 * Broken on purpose: WAKE_RECORD, LATE_WAITING (set after the last look, that of poll), NO_FENCE (no
 * full barrier between the store and the last look).
 */
#ifndef RING
#define RING 2
#endif
#ifndef RECORDS
#define RECORDS 3 /* of each CPU */
#endif

byte produced, consumed; /* positions: a record counts from its reservation on */
byte busy;		 /* reserved, not yet submitted */
bool waiting, stored;
bool on_wait_queue, woken;
byte deaths = 1;

#define FULL (produced - consumed == RING)
#define READY (produced != consumed)

inline wake()
{
	d_step {
		if
		:: on_wait_queue -> woken = true
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
		:: atomic { !FULL -> produced++; busy++; }
#ifdef WAKE_RECORD
			busy--;
			if
			:: waiting ->
				waiting = false;
				if
				:: FULL
				:: atomic { !FULL -> produced++ } /* skipped by the reader */
					wake()
				fi
			:: !waiting
			fi
#else
			if
			:: waiting -> waiting = false; force = true
			:: !waiting
			fi;
			busy--;
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
	:: READY
	:: !READY ->
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
	/* It stops at a record that is not submitted yet; what is behind that one waits, too. */
	if
	:: atomic { READY && busy == 0 -> consumed = produced }
	:: READY && busy > 0
	:: !READY
	MAY_DIE
	fi;
	goto ready;

dead:
	atomic { deaths--; on_wait_queue = false; woken = false; }
	goto ready
}

ltl all_received { [] (READY -> <> !READY) }
