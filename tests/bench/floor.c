/* The floor: what a round costs in C with only libbpf. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "worker.h"

static struct ring_buffer *queued;
static struct user_ring_buffer *decisions_ring;
static struct scxb_cpu_request *cpu_requests;
static int flush_fd, select_cpu_fd, select_cpus_fd;

/* Where the next record goes. */
static struct scxb_task *next_task;

static void check(int ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
		exit(1);
	}
}

static int take(void *context, void *data, size_t size)
{
	(void)context;
	if (size == sizeof(*next_task))
		memcpy(next_task++, data, sizeof(*next_task));
	return 0;
}

static int program(struct bpf_object *object, const char *name)
{
	struct bpf_program *found = bpf_object__find_program_by_name(object, name);

	check(found != NULL, name);
	return bpf_program__fd(found);
}

void worker_open(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	int fd;

	check(object && !bpf_object__load(object), "load the boundary object");
	queued = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "queued"), take, NULL,
				  NULL);
	check(queued != NULL, "open the ring of records");
	decisions_ring =
		user_ring_buffer__new(bpf_object__find_map_fd_by_name(object, "decisions"), NULL);
	check(decisions_ring != NULL, "open the ring of decisions");
	fd = bpf_object__find_map_fd_by_name(object, "cpu_requests");
	cpu_requests = mmap(NULL, SCXB_MAX_CPU_REQUESTS * sizeof(*cpu_requests),
			    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	check(cpu_requests != MAP_FAILED, "map the requests");
	flush_fd = program(object, "scxb_flush");
	select_cpu_fd = program(object, "scxb_select_cpu");
	select_cpus_fd = program(object, "scxb_select_cpus");
}

uint32_t worker_receive(struct scxb_task *tasks, uint32_t capacity)
{
	next_task = tasks;
	check(ring_buffer__consume_n(queued, capacity) >= 0, "consume records");
	return (uint32_t)(next_task - tasks);
}

static void write_all(const struct scxb_decision *decisions, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		void *sample = user_ring_buffer__reserve(decisions_ring, sizeof(*decisions));

		check(sample != NULL, "reserve a decision");
		memcpy(sample, &decisions[i], sizeof(*decisions));
		user_ring_buffer__submit(decisions_ring, sample);
	}
}

static void run(int fd, void *context, uint32_t size)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = context, .ctx_size_in = size);

	check(!bpf_prog_test_run_opts(fd, &opts), "run a program");
	check((int)opts.retval >= 0, "the program's own result");
}

static void flush(void)
{
	run(flush_fd, NULL, 0);
}

void (*const worker_write)(const struct scxb_decision *, uint32_t) = write_all;
void (*const worker_flush)(void) = flush;

void worker_dispatch(const struct scxb_decision *decisions, uint32_t count)
{
	write_all(decisions, count);
	flush();
}

int32_t worker_select_cpu(int32_t pid, int32_t prev_cpu)
{
	struct scxb_cpu_request request = { .pid = pid, .prev_cpu = prev_cpu };

	run(select_cpu_fd, &request, sizeof(request));
	return request.cpu;
}

void worker_select_cpus(struct scxb_cpu_request *requests, uint32_t count)
{
	memcpy(cpu_requests, requests, count * sizeof(*requests));
	run(select_cpus_fd, &count, sizeof(count));
	memcpy(requests, cpu_requests, count * sizeof(*requests));
}
