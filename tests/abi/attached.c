/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wrong calls on a scheduler that schedules this machine: in the wrong phase, with
 * empty and huge batches, from two threads at the same time, during and after close.
 * Each gets a status, and close releases everything. Needs root and sched_ext; leaves
 * the machine as it was. Under Valgrind, which runs one thread at a time, two threads
 * never meet in a call: pass --serial. It attaches once then, which takes long under
 * Valgrind, and does not count files and mappings.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "expect.h"
#include "scxbridge.h"
/* calls.h needs the headers above. */
#include "calls.h"

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Generous: other loads on the host stretch time in a virtual machine. */
#define LIMIT_S 60

static int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	if (!dir)
		abort();
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static int bpf_mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	int count = 0;

	if (!maps)
		abort();
	while (fgets(line, sizeof(line), maps))
		count += strstr(line, "bpf-map") != NULL;
	fclose(maps);
	return count;
}

static struct scxb *attached(void)
{
	struct scxb_options options;
	struct scxb *handle = NULL;
	char why[1024] = "";

	scxb_options_init(&options, sizeof(options));
	options.name = "misuse";
	EXPECT(scxb_open(&options, &handle, why, sizeof(why)), 0);
	EXPECT(scxb_load(handle), 0);
	EXPECT(scxb_attach(handle), 0);
	if (failures) {
		scxb_error_text(handle, why + strlen(why), sizeof(why) - strlen(why));
		printf("%s\n", why);
		exit(1);
	}
	return handle;
}

static void phases(struct scxb *handle)
{
	EXPECT(scxb_load(handle), -ENOTCONN);
	EXPECT(scxb_attach(handle), -ENOTCONN);
	EXPECT(scxb_detach(handle), 0);
	EXPECT(scxb_detach(handle), -ENOTCONN);
	EXPECT(scxb_load(handle), -ENOTCONN);
	EXPECT(scxb_attach(handle), 0);
}

#define HUGE_BATCH 100000

static struct scxb_stats stats_of(struct scxb *handle)
{
	struct scxb_stats stats = { .size = sizeof(stats) };

	EXPECT(scxb_stats_read(handle, &stats), 0);
	return stats;
}

static void batches(struct scxb *handle)
{
	struct scxb_cpu_request *requests = calloc(HUGE_BATCH, sizeof(*requests));
	struct scxb_decision *decisions = calloc(HUGE_BATCH, sizeof(*decisions));
	struct scxb_task *tasks = calloc(HUGE_BATCH, sizeof(*tasks));
	struct scxb_stats before, after;
	struct scxb_domains domains = { 0 };
	struct scxb_cgroup_info group;
	int32_t wrong = 0, cpu = 77;
	uint32_t count = 77;

	if (!requests || !decisions || !tasks)
		abort();
	EXPECT(scxb_receive(handle, NULL, 0, &count), 0);
	EXPECT(count, 0);
	EXPECT(scxb_dispatch(handle, NULL, 0, &count), 0);
	EXPECT(count, 0);
	EXPECT(scxb_select_cpus(handle, NULL, 0), 0);
	EXPECT(scxb_receive(handle, NULL, 1, &count), -EINVAL);
	EXPECT(scxb_receive_wait(handle, NULL, 0, &count, -1), -EINVAL);
	EXPECT(scxb_receive_wait(handle, tasks, 0, &count, -1), -EINVAL);
	EXPECT(scxb_dispatch(handle, NULL, 1, &count), -EINVAL);
	EXPECT(scxb_select_cpus(handle, NULL, 1), -EINVAL);

	EXPECT(scxb_receive(handle, tasks, HUGE_BATCH, &count), 0);
	EXPECT(count < HUGE_BATCH, 1);

	/* All decisions are for pid 0, which no task has. */
	before = stats_of(handle);
	EXPECT(scxb_dispatch(handle, decisions, HUGE_BATCH, &count), 0);
	EXPECT(count, HUGE_BATCH);
	after = stats_of(handle);
	EXPECT(after.decisions - before.decisions, HUGE_BATCH);
	EXPECT(after.refused - before.refused, HUGE_BATCH);

	for (int i = 0; i < HUGE_BATCH; i++)
		requests[i] = (struct scxb_cpu_request){ .pid = i % 2 ? 0 : 1 << 30,
							 .prev_cpu = -1,
							 .cpu = 77 };
	EXPECT(scxb_select_cpus(handle, requests, HUGE_BATCH), 0);
	for (int i = 0; i < HUGE_BATCH; i++)
		wrong += requests[i].cpu != (i % 2 ? -EINVAL : -ESRCH);
	EXPECT(wrong, 0);
	EXPECT(scxb_select_cpu(handle, 0, -1, &cpu), -EINVAL);
	EXPECT(scxb_select_cpu(handle, 1, 1 << 20, &cpu), -EINVAL);
	EXPECT(scxb_select_cpu(handle, 1 << 30, -1, &cpu), -ESRCH);
	EXPECT(cpu, 77);
	/* Only kernel mode has priorities. */
	EXPECT(scxb_priority_set(handle, 1, 0, 0), -EOPNOTSUPP);
	EXPECT(scxb_priority_remove(handle, 1), -EOPNOTSUPP);
	EXPECT(scxb_priority_set_process(handle, 1, 0, 0), -EOPNOTSUPP);
	EXPECT(scxb_priority_remove_process(handle, 1), -EOPNOTSUPP);
	EXPECT(scxb_lease_revoke(handle, -1), -EINVAL);
	EXPECT(scxb_lease_revoke(handle, 1 << 30), -ESRCH);
	EXPECT(scxb_lease_revoke(handle, 1), 0);
	EXPECT(scxb_lease_revoke(handle, 0), 0);
	EXPECT(scxb_preempt_cpu(handle, -1), -EINVAL);
	EXPECT(scxb_preempt_cpu(handle, 1 << 20), -EINVAL);
	EXPECT(scxb_preempt_cpu(handle, 0), 0);
	/* The root has no limit, and nobody has the other id. */
	memset(&group, 0x5a, sizeof(group));
	group.size = sizeof(group);
	EXPECT(scxb_cgroup_read(handle, 1, &group), -ENODATA);
	EXPECT(scxb_cgroup_read(handle, UINT64_MAX, &group), -ENODATA);
	EXPECT(group.quota_ns, 0x5a5a5a5a5a5a5a5a);
	group.size = 15;
	EXPECT(scxb_cgroup_read(handle, 1, &group), -EINVAL);
	EXPECT(scxb_cgroup_read(handle, 1, NULL), -EINVAL);
	EXPECT(scxb_domains_read(handle, &domains), -EINVAL);
	domains.size = sizeof(domains);
	EXPECT(scxb_domains_read(handle, &domains), 0);
	EXPECT(domains.domains > 0, 1);
	/* Only with SCXB_OPTION_OWN_DOMAINS. */
	EXPECT(scxb_domains_set(handle, &domains), -EOPNOTSUPP);
	free(requests);
	free(decisions);
	free(tasks);
}

/* A caller compiled with an older header has a shorter struct, one with a newer header a longer. */
static void stats_of_other_sizes(struct scxb *handle)
{
	struct {
		struct scxb_stats stats;
		uint64_t more[4];
	} longer;
	struct scxb_stats shorter;

	memset(&longer, 0x5a, sizeof(longer));
	longer.stats.size = sizeof(longer);
	EXPECT(scxb_stats_read(handle, &longer.stats), 0);
	EXPECT(longer.stats.size, sizeof(longer));
	EXPECT(longer.more[0], 0x5a5a5a5a5a5a5a5a);
	memset(&shorter, 0x5a, sizeof(shorter));
	/* As if the counters from `congested` on did not exist yet. */
	shorter.size = offsetof(struct scxb_stats, congested);
	EXPECT(scxb_stats_read(handle, &shorter), 0);
	EXPECT(shorter.queued < 0x5a5a5a5a5a5a5a5a, 1);
	EXPECT(shorter.congested, 0x5a5a5a5a5a5a5a5a);
}

struct thread {
	pthread_t id;
	struct scxb *handle;
	int last;	   /* status that ended it */
	int busy;	   /* calls that failed with -EBUSY */
	uint64_t received; /* records */
	volatile int stop;
};

/* Receives in a loop until told to stop. */
static void *receive(void *arg)
{
	struct thread *t = arg;
	struct scxb_task tasks[64];
	uint32_t count;

	while (!t->stop) {
		t->last = scxb_receive(t->handle, tasks, 64, &count);
		t->busy += t->last == -EBUSY;
		if (!t->last)
			t->received += count;
	}
	return NULL;
}

/* Waits and receives until a call fails for good. */
static void *serve(void *arg)
{
	struct thread *t = arg;
	struct scxb_task tasks[64];
	uint32_t count;

	do {
		t->last = scxb_wait(t->handle, -1);
		if (!t->last)
			t->last = scxb_receive(t->handle, tasks, 64, &count);
	} while (t->last == 0 || t->last == -EINTR || t->last == -EBUSY);
	return NULL;
}

/* The same with one call, which has a record whenever it succeeds. */
static void *serve_at_once(void *arg)
{
	struct thread *t = arg;
	struct scxb_task tasks[64];
	uint32_t count;

	do {
		count = 0;
		t->last = scxb_receive_wait(t->handle, tasks, 64, &count, -1);
		EXPECT(count > 0, t->last == 0);
	} while (t->last == 0 || t->last == -EINTR || t->last == -EBUSY);
	return NULL;
}

static void start(struct thread *t, void *(*run)(void *), struct scxb *handle)
{
	memset(t, 0, sizeof(*t));
	t->handle = handle;
	if (pthread_create(&t->id, NULL, run, t))
		abort();
}

static void two_receive(struct scxb *handle, int meet)
{
	uint64_t before = stats_of(handle).received;
	struct thread threads[2];
	double end = seconds() + (meet ? LIMIT_S : 1);

	start(&threads[0], receive, handle);
	start(&threads[1], receive, handle);
	while (!(threads[0].busy + threads[1].busy) && seconds() < end)
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	for (int i = 0; i < 2; i++) {
		threads[i].stop = 1;
		pthread_join(threads[i].id, NULL);
		EXPECT(threads[i].last == 0 || threads[i].last == -EBUSY, 1);
	}
	if (meet)
		EXPECT(threads[0].busy + threads[1].busy > 0, 1);
	EXPECT(stats_of(handle).received - before, threads[0].received + threads[1].received);
}

static void close_during_wait(struct scxb *handle, void *(*run)(void *))
{
	double end = seconds() + LIMIT_S;
	struct thread waiter;
	int status;

	start(&waiter, run, handle);
	/* Until the thread really waits: then a second one may not. */
	while ((status = scxb_wait(handle, 0)) != -EBUSY && seconds() < end)
		;
	EXPECT(status, -EBUSY);
	scxb_close(handle);
	pthread_join(waiter.id, NULL);
	EXPECT(waiter.last, -ECANCELED);
}

/* A wake or a timeout ends a wait, and leaves the count as it was. */
static void wakes(struct scxb *handle)
{
	struct scxb_task task;
	uint32_t count = 77;
	int status;

	EXPECT(scxb_wake(handle), 0);
	EXPECT(scxb_receive_wait(handle, &task, 1, &count, -1), -EINTR);
	EXPECT(count, 77);
	/* Until no record waits. */
	while ((status = scxb_receive_wait(handle, &task, 1, &count, 0)) == 0)
		EXPECT(count, 1);
	EXPECT(status, -ETIMEDOUT);
}

static void after_close(struct scxb *handle)
{
	char text[64];

	scxb_close(handle);
	EXPECT_ALL(handle, -ECANCELED, "scxb_close", "scxb_error_text");
	EXPECT(scxb_error_text(handle, text, sizeof(text)) > 0, 1);
	EXPECT(strcmp(text, "the handle is closed"), 0);
	scxb_close(handle);
}

int main(int argc, char **argv)
{
	int meet = !(argc > 1 && !strcmp(argv[1], "--serial"));
	int files, mappings = bpf_mappings();
	struct scxb *handle;

	/* Do not count what libraries open once and keep open. */
	if (meet)
		scxb_close(attached());
	files = open_files();
	handle = attached();
	EXPECT(bpf_mappings() > mappings, 1);
	EXPECT(open_files() > files, 1);
	phases(handle);
	batches(handle);
	stats_of_other_sizes(handle);
	two_receive(handle, meet);
	wakes(handle);
	if (meet) {
		close_during_wait(handle, serve);
		after_close(handle);
		handle = attached();
	}
	close_during_wait(handle, serve_at_once);
	after_close(handle);
	if (meet) {
		EXPECT(open_files(), files);
		EXPECT(bpf_mappings(), mappings);
	}
	return verdict();
}
