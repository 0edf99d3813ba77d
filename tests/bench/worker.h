/* What a worker in C measures: floor.c and capi.c each define these. A failure ends the process. */
#ifndef SCXB_BENCH_WORKER_H
#define SCXB_BENCH_WORKER_H

#include <scxbridge.h>
#include <stdint.h>

void worker_open(const char *object);
uint32_t worker_receive(struct scxb_task *tasks, uint32_t capacity);
/* Passes the decisions to the kernel side, which carries them out. */
void worker_dispatch(const struct scxb_decision *decisions, uint32_t count);
/* Its two halves, or NULL if one call does both. */
extern void (*const worker_write)(const struct scxb_decision *decisions, uint32_t count);
extern void (*const worker_flush)(void);
int32_t worker_select_cpu(int32_t pid, int32_t prev_cpu);
void worker_select_cpus(struct scxb_cpu_request *requests, uint32_t count);

#endif
