/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Replaces libbpf's header of this name when the kernel side is compiled for the host: has its
 * macros; helpers are functions of helpers.h.
 */
#ifndef HOST_BPF_HELPERS_H
#define HOST_BPF_HELPERS_H

#define SEC(name)
#define __always_inline inline __attribute__((always_inline))
#define __noinline __attribute__((noinline))
#define __weak __attribute__((weak))
#define __ksym
#define __arg_nonnull
#define __arg_trusted

#define __uint(name, value) int(*name)[value]
#define __type(name, type) typeof(type) *name
#define __array(name, type) typeof(type) *name[]

#define barrier_var(var) asm volatile("" : "+r"(var))

/* A kfunc exists if helpers.h or kernel.h defines it. */
#define bpf_ksym_exists(symbol) (!!(symbol))

#define bpf_for(i, start, end) for ((i) = (start); (i) < (end); (i)++)

#define bpf_for_each(type, cur, args...)                                                       \
	for (struct bpf_iter_##type ___it __attribute__((cleanup(bpf_iter_##type##_destroy))), \
	     *___once __attribute__((unused)) = (bpf_iter_##type##_new(&___it, ##args), NULL); \
	     (cur = bpf_iter_##type##_next(&___it));)

struct task_struct;
struct bpf_dynptr;
struct bpf_timer;

u64 bpf_ktime_get_ns(void);
u32 bpf_get_smp_processor_id(void);
u64 bpf_get_current_pid_tgid(void);
struct task_struct *bpf_get_current_task_btf(void);

void *bpf_map_lookup_elem(void *map, const void *key);
void *bpf_map_lookup_percpu_elem(void *map, const void *key, u32 cpu);
long bpf_map_update_elem(void *map, const void *key, const void *value, u64 flags);
long bpf_map_delete_elem(void *map, const void *key);
void *bpf_task_storage_get(void *map, struct task_struct *p, void *value, u64 flags);
void *bpf_per_cpu_ptr(const void *variable, u32 cpu);
void *bpf_this_cpu_ptr(const void *variable);

void *bpf_ringbuf_reserve(void *ring, u64 size, u64 flags);
void bpf_ringbuf_submit(void *record, u64 flags);
void bpf_ringbuf_discard(void *record, u64 flags);
u64 bpf_ringbuf_query(void *ring, u64 what);
long bpf_user_ringbuf_drain(void *ring, long (*each)(struct bpf_dynptr *, void *), void *ctx,
			    u64 flags);
long bpf_dynptr_read(void *to, u32 len, const struct bpf_dynptr *from, u32 offset, u64 flags);

long bpf_timer_init(struct bpf_timer *timer, void *map, u64 flags);
long bpf_timer_start(struct bpf_timer *timer, u64 ns, u64 flags);
/* The type of the callback depends on the map. */
long host_timer_set_callback(struct bpf_timer *timer, void *callback);
#define bpf_timer_set_callback(timer, callback) host_timer_set_callback(timer, (void *)(callback))

/* Never called, since bpf_core_cast() is a macro here; but programs ask whether it exists. */
void *bpf_rdonly_cast(const void *object, u32 type);
long bpf_probe_read_kernel(void *to, u32 size, const void *from);
long bpf_probe_read_kernel_str(void *to, u32 size, const void *from);

#endif /* HOST_BPF_HELPERS_H */
