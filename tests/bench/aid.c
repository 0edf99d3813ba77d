#define _GNU_SOURCE
#include "aid.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t allocations;

static void count_allocation(void)
{
	__atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED);
}

/* glibc's own functions, under the names that it keeps for programs that replace malloc. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size)
{
	count_allocation();
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	count_allocation();
	return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	count_allocation();
	return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	count_allocation();
	return __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
	count_allocation();
	*out = __libc_memalign(alignment, size);
	return *out ? 0 : ENOMEM;
}

uint64_t bench_allocations(void)
{
	return __atomic_load_n(&allocations, __ATOMIC_RELAXED);
}

uint64_t bench_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void bench_mark(int mark)
{
	syscall(SYS_getpgid, mark);
}

static int program_named(int fd, const char *name)
{
	char path[64], target[64] = "";
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr = { 0 };

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (readlink(path, target, sizeof(target) - 1) < 0 || !strstr(target, "bpf-prog"))
		return 0;
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	return !syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)) &&
	       !strcmp(info.name, name);
}

static int find_program(const char *name)
{
	int fd;

	for (fd = 0; fd < 1024; fd++)
		if (program_named(fd, name))
			return fd;
	fprintf(stderr, "bench: this process has not loaded the program %s\n", name);
	exit(1);
}

static int run(int fd, void *context, uint32_t size)
{
	union bpf_attr attr = { 0 };

	attr.test.prog_fd = (uint32_t)fd;
	attr.test.ctx_in = (uintptr_t)context;
	attr.test.ctx_size_in = size;
	if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr)))
		fail("run a program of the boundary object");
	return (int)attr.test.retval;
}

void bench_feed(uint64_t count, uint32_t wake)
{
	/* struct scxb_production of boundary.bpf.c. */
	struct {
		uint64_t first, count;
		uint32_t dummies, wake, ring, reserved;
		uint64_t produced;
	} production = { .first = 1, .count = count, .wake = wake };
	static int fd = -1;

	if (fd < 0)
		fd = find_program("scxb_produce");
	run(fd, &production, sizeof(production));
	if (production.produced != count) {
		fprintf(stderr,
			"bench: the ring has room for %llu records only: some were left in it\n",
			(unsigned long long)production.produced);
		exit(1);
	}
}

struct tally {
	uint64_t count, malformed, seq_sum;
};

/* The decisions that have arrived since the program began. */
static struct tally tally(void)
{
	struct tally now = { 0 };
	static int fd = -1;

	if (fd < 0)
		fd = find_program("scxb_tally");
	run(fd, &now, sizeof(now));
	return now;
}

static struct {
	pthread_t thread;
	pid_t waiter;
	uint64_t count;
} feeder;

/* Whether a thread sleeps in this system call, or is about to. No stdio, which allocates. */
static int sleeps_in(pid_t tid, long number)
{
	char path[64], line[64] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, line, sizeof(line) - 1) <= 0)
		fail(path);
	close(fd);
	/* For a thread that runs, the file has a word. */
	return line[0] >= '0' && line[0] <= '9' && strtol(line, NULL, 10) == number;
}

static void *feed_waiting(void *arg)
{
	uint64_t decided = tally().count, i;

	for (i = 0; i < feeder.count; i++) {
		/* The record before was decided, so this is another wait. */
		while (tally().count != decided + i || !sleeps_in(feeder.waiter, SYS_ppoll))
			sched_yield();
		bench_feed(1, BENCH_WAKE_AGENT);
	}
	return arg;
}

void bench_feed_waiting(uint64_t count)
{
	feeder.waiter = (pid_t)syscall(SYS_gettid);
	feeder.count = count;
	tally(); /* finds its program before there are two threads */
	errno = pthread_create(&feeder.thread, NULL, feed_waiting, NULL);
	if (errno)
		fail("start the thread that feeds");
}

void bench_feed_waiting_end(void)
{
	pthread_join(feeder.thread, NULL);
}

void bench_drain(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = find_program("scxb_flush");
	run(fd, NULL, 0);
}

void bench_verify(uint64_t count, uint64_t seq_sum)
{
	static struct tally before;
	struct tally now = tally();

	if (now.malformed || now.count - before.count != count ||
	    now.seq_sum - before.seq_sum != seq_sum) {
		fprintf(stderr,
			"bench: %llu decisions were sent, %llu arrived, %llu of them malformed\n",
			(unsigned long long)count, (unsigned long long)(now.count - before.count),
			(unsigned long long)now.malformed);
		exit(1);
	}
	before = now;
}
