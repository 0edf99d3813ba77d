/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The steps that the test and this program exchange; go/internal/lockstep says what each
 * means.
 */
#ifndef HOST_STEP_H
#define HOST_STEP_H

enum step_kind {
	/* Calls. */
	STEP_BEGIN = 1,
	STEP_INIT,
	STEP_REGISTER,
	STEP_WAKE,
	STEP_ENQUEUE,
	STEP_DISPATCH,
	STEP_RUN,
	STEP_STOP,
	STEP_IDLE,
	STEP_WAIT,
	STEP_RECEIVE,
	STEP_DECISION,
	STEP_FLUSH,
	STEP_FIRE,
	STEP_ASK,
	STEP_REVOKE,
	STEP_DOMAINS,
	STEP_END,

	/* Effects. */
	STEP_EFFECTS = 64,
	STEP_INSERT = STEP_EFFECTS,
	STEP_KICK,
	STEP_TIMER,
	STEP_RECORD,
	STEP_RECORD_WEIGHTS,
	STEP_RECORD_MORE,
	STEP_WAKEUP,
	STEP_ANSWER,
	STEP_COUNTER,
};

/* Queues of an insert: the CPU, or the number of a PARK, is in the lower bits. */
#define LOCAL_QUEUES (1 << 16)
#define SHARED_QUEUE (1 << 17)
#define SYSTEM_QUEUE (1 << 18)
#define PARK_QUEUES (1 << 19)

struct step {
	u64 at;
	u32 kind;
	s32 cpu;
	s32 pid;
	u32 flags;
	u64 args[6];
};

_Static_assert(sizeof(struct step) == 72, "layout of go/internal/lockstep.Step");

#endif /* HOST_STEP_H */
