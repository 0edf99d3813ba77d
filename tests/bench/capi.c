/* Our C ABI, called from C. */
#include <stdio.h>
#include <stdlib.h>

#include "worker.h"

static struct scxb *handle;

static void check(int32_t status)
{
	char why[1024] = "";

	if (status == 0)
		return;
	scxb_error_text(handle, why, sizeof(why));
	fprintf(stderr, "bench: %s: %s\n", scxb_strerror(status), why);
	exit(1);
}

void worker_open(const char *object)
{
	char why[1024] = "";

	(void)object; /* the library has it built in */
	if (scxb_open(NULL, &handle, why, sizeof(why)) < 0) {
		fprintf(stderr, "bench: %s\n", why);
		exit(1);
	}
	check(scxb_load(handle));
	check(scxb_attach(handle));
}

uint32_t worker_receive(struct scxb_task *tasks, uint32_t capacity)
{
	uint32_t received;

	check(scxb_receive(handle, tasks, capacity, &received));
	return received;
}

void (*const worker_write)(const struct scxb_decision *, uint32_t) = NULL;
void (*const worker_flush)(void) = NULL;

void worker_dispatch(const struct scxb_decision *decisions, uint32_t count)
{
	check(scxb_dispatch(handle, decisions, count, NULL));
}

int32_t worker_select_cpu(int32_t pid, int32_t prev_cpu)
{
	int32_t cpu;

	check(scxb_select_cpu(handle, pid, prev_cpu, &cpu));
	return cpu;
}

void worker_select_cpus(struct scxb_cpu_request *requests, uint32_t count)
{
	check(scxb_select_cpus(handle, requests, count));
}
