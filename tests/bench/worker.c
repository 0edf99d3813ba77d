/*
 * A worker in C: answers `NAME BATCH TASKS` on standard input with
 * `NANOSECONDS ALLOCATIONS CROSSINGS` for all tasks, or with `unsupported`.
 */
#include "worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aid.h"

#define BATCH_MAX 512

static struct scxb_task tasks[BATCH_MAX];
static struct scxb_decision decisions[BATCH_MAX];
static struct scxb_cpu_request requests[BATCH_MAX];
static uint64_t seq_sum; /* of the decisions made by decide() */

static void die(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(1);
}

static void receive(uint32_t batch)
{
	if (worker_receive(tasks, batch) != batch)
		die("a batch of records is not whole");
}

static void decide(uint32_t batch)
{
	uint32_t i;

	for (i = 0; i < batch; i++) {
		decisions[i] = (struct scxb_decision){
			.pid = tasks[i].pid,
			.cpu = SCXB_CPU_PICK_IDLE,
			.vtime = tasks[i].vtime,
			.seq = tasks[i].seq,
		};
		seq_sum += tasks[i].seq;
	}
}

static void select_for_tasks(uint32_t batch)
{
	uint32_t i;

	for (i = 0; i < batch; i++)
		requests[i] =
			(struct scxb_cpu_request){ .pid = tasks[i].pid, .prev_cpu = tasks[i].cpu };
	worker_select_cpus(requests, batch);
}

static void run_receive(uint32_t batch)
{
	receive(batch);
}

static void run_dispatch(uint32_t batch)
{
	worker_dispatch(decisions, batch);
}

static void run_select_cpu(uint32_t batch)
{
	uint32_t i;

	for (i = 0; i < batch; i++)
		if (worker_select_cpu(1, 0) != 0)
			die("select_cpu gave another CPU");
}

static void run_select_cpus(uint32_t batch)
{
	worker_select_cpus(requests, batch);
}

static void run_round(uint32_t batch)
{
	receive(batch);
	decide(batch);
	worker_dispatch(decisions, batch);
}

static void run_round_select(uint32_t batch)
{
	uint32_t i;

	receive(batch);
	select_for_tasks(batch);
	decide(batch);
	for (i = 0; i < batch; i++)
		decisions[i].cpu = requests[i].cpu;
	worker_dispatch(decisions, batch);
}

static const struct measure {
	const char *name;
	void (*run)(uint32_t batch);
	int records;   /* needs them in the ring */
	int decisions; /* 1: sends blank ones, 2: sends those of decide() */
} measures[] = {
	{ "receive", run_receive, 1, 0 },	{ "dispatch", run_dispatch, 0, 1 },
	{ "select_cpu", run_select_cpu, 0, 0 }, { "select_cpus", run_select_cpus, 0, 0 },
	{ "round", run_round, 1, 2 },		{ "round_select", run_round_select, 1, 2 },
};

/* Only flushes: each is timed separately, so the clock's own cost is subtracted. */
static uint64_t time_flushes(uint32_t batch)
{
	uint64_t ns = 0, clock_ns = ~0ULL, begin, end;
	int i;

	for (i = 0; i < 100; i++) {
		begin = bench_now_ns();
		end = bench_now_ns();
		if (end - begin < clock_ns)
			clock_ns = end - begin;
	}
	for (i = 0; i < BENCH_FILL / (int)batch; i++) {
		worker_write(decisions, batch);
		begin = bench_now_ns();
		worker_flush();
		end = bench_now_ns();
		ns += end - begin - clock_ns;
	}
	return ns;
}

/* A function of its own: between its entry and its end the guard counts instructions. */
__attribute__((noinline)) static uint64_t time_measure(const struct measure *m, uint32_t batch)
{
	uint64_t begin, end;
	uint32_t i;

	bench_mark(BENCH_MARK_BEGIN);
	begin = bench_now_ns();
	for (i = 0; i < BENCH_FILL / batch; i++)
		m->run(batch);
	end = bench_now_ns();
	bench_mark(BENCH_MARK_END);
	return end - begin;
}

static void answer(const char *name, uint32_t batch, uint64_t count)
{
	uint64_t ns = 0, fills = count / BENCH_FILL, allocations = bench_allocations(), i;
	int flush = !strcmp(name, "flush") && worker_flush;
	const struct measure *m = NULL;
	size_t n;

	for (n = 0; n < sizeof(measures) / sizeof(*measures); n++)
		if (!strcmp(measures[n].name, name))
			m = &measures[n];
	if (!m && !flush) {
		puts("unsupported");
		return;
	}
	memset(decisions, 0, sizeof(decisions));
	memset(requests, 0, sizeof(requests));
	seq_sum = 0;
	for (i = 0; i < fills; i++) {
		if (!flush && m->records)
			bench_feed(BENCH_FILL, BENCH_WAKE_NOBODY);
		ns += flush ? time_flushes(batch) : time_measure(m, batch);
	}
	allocations = bench_allocations() - allocations;
	bench_verify(flush || m->decisions ? count : 0, seq_sum);
	printf("%llu %llu 0\n", (unsigned long long)ns, (unsigned long long)allocations);
}

int main(int argc, char **argv)
{
	unsigned long long count;
	char name[32];
	unsigned batch;

	worker_open(argc > 1 ? argv[1] : NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* The first output allocates stdio's buffer. */
	puts("ready");
	while (scanf("%31s %u %llu", name, &batch, &count) == 3) {
		if (!batch || batch > BATCH_MAX || count % BENCH_FILL)
			die("bad request");
		answer(name, batch, count);
	}
	return 0;
}
