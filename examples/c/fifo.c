/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A complete scheduler in C: first come, first served. Run it as root on a sched_ext
 * kernel, until ^C. Its last line says where each record and each decision went.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#include <scxbridge.h>

#define BATCH 256

static struct scxb *sched;

/* A thread and no signal handler: from within a handler, scxb_wake() must not be called. */
static void *end_at_signal(void *signals)
{
	int sig;

	sigwait(signals, &sig);
	scxb_wake(sched);
	return NULL;
}

/* The policy: each task goes to an idle CPU or, in order of arrival, to the first that is free. */
static struct scxb_decision decide(const struct scxb_task *task)
{
	static uint64_t arrival;

	return (struct scxb_decision){
		.pid = task->pid,
		.seq = task->seq,
		.cpu = SCXB_CPU_PICK_IDLE,
		.vtime = ++arrival,
	};
}

/* Rounds, until one fails: with -EINTR when scxb_wake() was called. */
static int schedule(void)
{
	static struct scxb_task tasks[BATCH];
	static struct scxb_decision decisions[BATCH];
	uint32_t count;
	int status;

	for (;;) {
		if ((status = scxb_receive_wait(sched, tasks, BATCH, &count, -1)))
			return status;
		for (uint32_t i = 0; i < count; i++)
			decisions[i] = decide(&tasks[i]);
		if ((status = scxb_dispatch(sched, decisions, count, NULL)))
			return status;
	}
}

int main(void)
{
	struct scxb_exit_info info = { .size = sizeof(info) };
	struct scxb_stats st = { .size = sizeof(st) };
	struct scxb_options options;
	char why[1024] = "";
	pthread_t thread;
	sigset_t signals;
	int status;

	scxb_options_init(&options, sizeof(options));
	options.name = "c_fifo";
	if (scxb_open(&options, &sched, why, sizeof(why)))
		return fprintf(stderr, "c_fifo: %s\n", why), 1;
	/* Blocked in all threads, they wait for sigwait(). */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);

	if ((status = scxb_load(sched)) || (status = scxb_attach(sched)) ||
	    (status = -pthread_create(&thread, NULL, end_at_signal, &signals)) ||
	    (status = schedule()) != -EINTR) {
		scxb_error_text(sched, why, sizeof(why));
		fprintf(stderr, "c_fifo: %s: %s\n", scxb_strerror(status), why);
	}
	if (status == -ESHUTDOWN && !scxb_exit_info_read(sched, &info))
		fprintf(stderr, "c_fifo: the kernel says: %s (%d, code %" PRId64 ") %s\n",
			info.reason, info.kind, info.code, info.message);
	scxb_detach(sched); /* then the counters are final */
	if (!scxb_stats_read(sched, &st))
		printf("queued=%" PRIu64 " dispatched=%" PRIu64 " rescued=%" PRIu64 " gone=%" PRIu64
		       " decisions=%" PRIu64 " stale=%" PRIu64 " refused=%" PRIu64 "\n",
		       st.queued, st.dispatched, st.rescued, st.gone, st.decisions, st.stale,
		       st.refused);
	scxb_close(sched);
	return status != -EINTR;
}
