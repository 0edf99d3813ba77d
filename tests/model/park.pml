/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parking: who may end it, and that each ends exactly once.
 *
 *   here                      in the code
 *   Task, "enqueue"           scxbridge.bpf.c scxb_enqueue(), park.bpf.h park(); the insert that
 *                             it asks for is carried out by the kernel after it (direct_dispatch())
 *   Task, "leave"             dequeue_task_scx(): off the queue; then, if it is for another class,
 *                             ops.disable, task_life.bpf.h task_changes_class(), else enqueue
 *   Task, "sleep"             scxb_stopping(), task_life.bpf.h task_sleeps()
 *   parking_left, _claim,     parking.bpf.h, the functions of these names; CLAIMED is PARKED_CLAIMED
 *   _end, _unclaim
 *   Drainer                   drain.bpf.h drain_one(), apply.bpf.h apply_to_task(), move_parked(). One process,
 *                             since the kernel lets one CPU drain at a time (`busy`)
 *   Cpu, "drain"              scxb_dispatch_op(): decisions_pending(), drain_decisions()
 *   Cpu, "rescue"             rescue.bpf.h scxb_rescue(), rescue_task_to()
 *   Agent                     task_ring.rs read(), decision_ring.rs write(), round.rs dispatch(), flush()
 *   on_park ...               the dispatch queue that a task is on
 *   rq_lock[t]                the lock of the run queue that t belongs to: held by enqueue until the
 *                             insert is done, and taken by scx_bpf_dsq_move*()
 *   d_old, r_old[c]           the task was inserted after the iterator was made: dsq_seq is younger
 *                             than the iterator's, so that the kernel refuses the move
 *
 * Time is abstracted: a parked task may be judged late at any moment, and is so in the end. A round
 * of ops.dispatch that finds nothing to do is left out. What is left can be done only a bounded
 * number of times, so that there is no cycle (run.sh proves that, too): every execution comes to an
 * end, and Monitor looks at it there. That is liveness without any assumption of fairness but that
 * who can go on goes on.
 *
 * Broken on purpose: NO_RETRY, GONE_BLIND, NO_CLAIM, NO_UNCLAIM.
 */
#ifndef PARKINGS
#define PARKINGS 3 /* enqueues, both tasks together */
#endif
#ifndef LEAVES
#define LEAVES 1 /* times that a task leaves its queue by itself, both together */
#endif
#ifndef RING
#define RING 2 /* records that fit */
#endif
#ifndef DEATHS
#define DEATHS 2 /* of the agent: one restart */
#endif
#ifndef MISCHIEF
#define MISCHIEF 1 /* decisions twice, or malformed */
#endif
#ifndef OLD_LOOKS
#define OLD_LOOKS 1 /* looks for late tasks with an iterator older than the insert */
#endif
#define DECISIONS 2 /* that fit */
#define CLAIMED 8
#define NONE 3

byte parked[2], last_seq[2];
bool on_park[2], on_shared[2], on_cpu[2];
bool rq_lock[2];
bool finished[2];

chan ring = [RING] of { byte, byte };
byte ring_used;
chan decisions = [DECISIONS] of { byte, byte };
short pending; /* control.decisions - control.drained */

bool draining;
byte d_task = NONE, d_seq;
bool d_old;
byte r_task[2] = NONE;
bool r_old[2];

/* CPUs are alike: let the first of those that have nothing to do be the next to do something. */
bool at_work[2];
#define FREE(c) (c == 0 || at_work[0])
/* Tasks, too: let task 0 begin. */
bool begun;

byte old_looks = OLD_LOOKS, parkings = PARKINGS, leaves = LEAVES, deaths, mischief = MISCHIEF;

/* queued - dispatched - rescued - gone, and decisions - dispatched - stale - refused. */
short in_flight, undecided;

/* Rescue may come at any time here; what late means, late.pml looks at. */
#define CLAIMABLE(t) (parked[t] != 0 && !(parked[t] & CLAIMED))

#define ended(n) in_flight = in_flight - n; assert(in_flight >= 0)
#define one_queue(t) assert(on_park[t] + on_shared[t] + on_cpu[t] <= 1)
#define unlock(t) rq_lock[t] = false

#ifdef GONE_BLIND
#define UNCLAIMED(t) (parked[t] != 0)
#else
#define UNCLAIMED(t) (parked[t] != 0 && !(parked[t] & CLAIMED))
#endif
#define parking_left_now(t) if :: UNCLAIMED(t) -> ended(1) :: else fi; parked[t] = 0
#define parking_left(t) atomic { parking_left_now(t) }


#ifdef NO_CLAIM
#define MINE(seq) (seq)
#else
#define MINE(seq) ((seq) | CLAIMED)
#endif

inline parking_claim(t, seq, claimed)
{
	d_step {
		claimed = (parked[t] == seq);
		if
		:: claimed -> parked[t] = MINE(seq)
		:: else
		fi
	}
}

inline parking_end_now(t, seq)
{
	if
	:: parked[t] == MINE(seq) -> parked[t] = 0
	:: else
	fi;
	ended(1)
}

inline parking_unclaim_now(t, seq)
{
	if
#ifdef NO_UNCLAIM
	:: parked[t] == MINE(seq)
#else
	:: parked[t] == MINE(seq) -> parked[t] = seq
#endif
	:: else -> ended(1)
	fi
}

/* The kernel's dispatch_enqueue() to PARK: iterators made before don't see the task. */
inline insert_park(t)
{
	d_step {
		unlock(t);
		on_park[t] = true;
		one_queue(t);
		if :: d_task == t -> d_old = true :: else fi;
		if :: r_task[0] == t -> r_old[0] = true :: else fi;
		if :: r_task[1] == t -> r_old[1] = true :: else fi;
	}
}

proctype Task(byte t)
{
	bool migrates;

sleeping:
	if
	:: parkings == 0 -> goto out
	:: atomic { (begun || t == 0) && parkings > 0 && !rq_lock[t] ->
			begun = true;
			rq_lock[t] = true;
			parkings--;
		}
	fi;
enqueue: /* with the run queue's lock */
	atomic {
		parking_left_now(t);
		if
		:: ring_used == RING -> /* congested */
			on_shared[t] = true;
			one_queue(t);
			unlock(t);
			goto queued
		:: else ->
			ring_used++;
			last_seq[t]++;
			in_flight++;
			parked[t] = last_seq[t];
			ring!t,last_seq[t]
		fi
	}
	insert_park(t);

queued:
	if
	:: atomic { on_shared[t] -> on_shared[t] = false; on_cpu[t] = true; one_queue(t); }
	:: on_cpu[t]
	:: atomic { leaves > 0 && !rq_lock[t] && !on_cpu[t] -> rq_lock[t] = true; leaves--; }
		if
		:: true /* for another class */
		:: atomic { parkings > 0 -> parkings--; migrates = true }
		fi;
		/* Another CPU can still take it from SHARED, but not from PARK. */
		atomic {
			if
			:: on_cpu[t] -> unlock(t); parkings = parkings + migrates; migrates = false; goto queued
			:: !on_cpu[t] && migrates ->
				on_park[t] = false; on_shared[t] = false;
				/* The other run queue's lock. */
				migrates = false;
				goto enqueue
			:: !on_cpu[t] && !migrates ->
				on_park[t] = false; on_shared[t] = false
			fi
		}
		parking_left(t);
		atomic { unlock(t); goto sleeping }
	fi;
	if
	:: atomic { !rq_lock[t] -> parking_left_now(t); on_cpu[t] = false; goto sleeping }
	:: atomic { !rq_lock[t] && parkings > 0 -> /* preempted */
			rq_lock[t] = true;
			parkings--;
			on_cpu[t] = false;
			goto enqueue
		}
	fi;
out:
	finished[t] = true
}

inline try_move(t, old, queue)
{
	atomic {
		!rq_lock[t] ->
		moved = on_park[t] && !old;
		if
		:: moved -> on_park[t] = false; queue = true; one_queue(t)
		:: else
		fi
	}
}

/* Begins when a decision was announced; whoever drains goes on until the ring is empty. */
active proctype Drainer()
{
	bool claimed, moved;

end:	do
	:: atomic { nempty(decisions) && (draining || pending != 0) ->
			draining = true;
			decisions?d_task,d_seq;
			pending--;
			d_old = false;
		}
		if
		:: d_task == NONE /* refused */
		:: else ->
			parking_claim(d_task, d_seq, claimed);
			if
			:: claimed ->
				try_move(d_task, d_old, on_shared[d_task]);
#ifndef NO_RETRY
				if
				:: !moved ->
					if
					:: d_step { parked[d_task] == MINE(d_seq) -> d_old = false }
						try_move(d_task, d_old, on_shared[d_task])
					:: else
					fi
				:: else
				fi;
#endif
			:: else
			fi
		fi;
		atomic {
			if
			:: moved -> parking_end_now(d_task, d_seq) /* dispatched */
			:: !moved && claimed -> /* stale */
				/* What the retry is for: see above. */
				assert(!(on_park[d_task] && parked[d_task] == MINE(d_seq)));
				parking_unclaim_now(d_task, d_seq)
			:: else /* stale, or refused */
			fi;
			undecided--;
			assert(undecided >= 0);
			d_task = NONE; d_seq = 0; d_old = false; claimed = false; moved = false;
		}
	:: atomic { draining && empty(decisions) -> draining = false }
	od
}

/* One task of a look at PARK: scxb_rescue() with rescue_task_to(), up to the claim. */
inline rescue_claim(t)
{
	r_task[c] = t;
	r_seq = parked[t];
	parked[t] = MINE(r_seq);
	at_work[c] = true
}

proctype Cpu(byte c)
{
	byte r_seq;
	bool moved;

end:	do
	:: atomic { FREE(c) && on_park[0] && CLAIMABLE(0) -> rescue_claim(0); goto rescue }
	:: atomic { FREE(c) && on_park[1] && CLAIMABLE(1) -> rescue_claim(1); goto rescue }
	/* An iterator made before this parking, when the task was on PARK for an earlier one. */
	:: atomic { FREE(c) && old_looks > 0 && last_seq[0] > 1 && CLAIMABLE(0) ->
			rescue_claim(0); r_old[c] = true; old_looks--; goto rescue }
	:: atomic { FREE(c) && old_looks > 0 && last_seq[1] > 1 && CLAIMABLE(1) ->
			rescue_claim(1); r_old[c] = true; old_looks--; goto rescue }
	od;
rescue:
	try_move(r_task[c], r_old[c], on_cpu[r_task[c]]);
	atomic {
		if
		:: moved -> parking_end_now(r_task[c], r_seq) /* rescued */
		:: else -> parking_unclaim_now(r_task[c], r_seq)
		fi;
		r_task[c] = NONE; r_old[c] = false; r_seq = 0; moved = false; at_work[c] = false;
		goto end
	}
}

/*
 * At any step outside of a system call; one killed in there dies at its end. Where the step before
 * leaves no trace, it is the same as to lose the decision and die then.
 */
#define MAY_DIE :: deaths > 0 -> goto dead

proctype Agent()
{
	byte task, seq;

receive:
	atomic { task = 0; seq = 0; }
end_receive:
	if
	:: ring?<task,seq>
	:: atomic { mischief > 0 && nfull(decisions) -> mischief--; task = NONE; goto write }
	MAY_DIE
	fi;
	if
	:: d_step { ring?task,seq; ring_used--; } /* the consumer's position */
	MAY_DIE
	fi;
	if
	:: goto receive /* the decision is lost, or the agent dies (see above) */
	:: goto write
	fi;
write:
	atomic { nfull(decisions) -> decisions!task,seq; undecided++; }
	if
	:: pending = len(decisions) /* control.decisions = written */
	MAY_DIE
	fi;
	if
	:: atomic { mischief > 0 && task != NONE -> mischief--; goto write }
	:: goto receive
	fi;

dead:
	atomic {
		task = 0;
		seq = 0;
		deaths--;
		if
		:: deaths > 0 -> goto receive /* another one adopts the scheduler */
		:: deaths = 0				    /* or never does */
		fi
	}
}

init {
	atomic {
		deaths = DEATHS;
		run Task(0); run Task(1); run Cpu(0); run Cpu(1); run Agent();
	}
}

/* When nothing can happen any more. */
active proctype Monitor()
{
	timeout ->
	assert(finished[0] && finished[1]);	    /* each task ran, or left by itself */
	assert(parked[0] == 0 && parked[1] == 0); /* no claim is held for good */
	assert(in_flight == 0);
	assert(undecided == len(decisions));
}
