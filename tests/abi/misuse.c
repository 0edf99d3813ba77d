/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls the library in every wrong way that C allows: each call returns a status,
 * and leaves its arguments untouched. Changes nothing on the system; works on any
 * kernel, with and without root.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "scxbridge.h"
/* calls.h needs the headers above. */
#include "calls.h"

#define CANARY 0x5a

/* Whether `len` bytes still have what memset(CANARY) gave them. */
static int untouched(const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++)
		if (bytes[i] != CANARY)
			return 0;
	return 1;
}

/* Whether this process has the capabilities: CAP_SYS_ADMIN, or CAP_BPF and CAP_PERFMON. */
static int privileged(void)
{
	unsigned long long caps = 0;
	char line[256];
	FILE *status = fopen("/proc/self/status", "r");

	if (!status)
		abort();
	while (fgets(line, sizeof(line), status))
		if (!strncmp(line, "CapEff:", 7))
			caps = strtoull(line + 7, NULL, 16);
	fclose(status);
	return (caps >> 21 & 1) || ((caps >> 38 & 1) && (caps >> 39 & 1));
}

/* The status of scxb_open() here with good options, and a word in its reason. */
static int open_status;
static const char *open_word = "";

static void look_at_the_machine(void)
{
	if (!privileged()) {
		open_status = -EPERM;
		open_word = "root";
	} else if (access("/sys/kernel/btf/vmlinux", F_OK)) {
		open_status = -EOPNOTSUPP;
		open_word = "CONFIG_DEBUG_INFO_BTF";
	} else if (access("/sys/kernel/sched_ext", F_OK)) {
		open_status = -EOPNOTSUPP;
		open_word = "CONFIG_SCHED_CLASS_EXT";
	}
}

/* scxb_options_check() refuses the same options as scxb_open(); it ignores the machine. */
static void checked(int line, const struct scxb_options *options, int open_says, const char *word)
{
	const int status = open_says == -EINVAL || open_says == -E2BIG ? open_says : 0;
	char reason[512] = "";

	expect(line, "scxb_options_check", scxb_options_check(options, reason, sizeof(reason)),
	       status);
	expect(line, "its reason", strstr(reason, status ? word : "") != NULL, 1);
	expect(line, "a check without a reason", scxb_options_check(options, NULL, 0), status);
}

/* Opens, and closes if that succeeded; a failure has a reason with `word` in it. */
#define OPENS(options, status, word) opens(__LINE__, options, status, word)

static void opens(int line, const struct scxb_options *options, int status, const char *word)
{
	struct scxb *const nothing = (struct scxb *)&checks;
	struct scxb *handle = nothing;
	char reason[512];

	checked(line, options, status, word);
	memset(reason, CANARY, sizeof(reason));
	expect(line, "scxb_open", scxb_open(options, &handle, reason, sizeof(reason)), status);
	if (handle != nothing) {
		expect(line, "status with a handle", status, 0);
		scxb_close(handle);
		return;
	}
	expect(line, "failed without a handle", status < 0, 1);
	if (!memchr(reason, 0, sizeof(reason)) || !strstr(reason, word)) {
		failures++;
		printf("misuse.c:%d: the reason lacks \"%s\": %.*s\n", line, word,
		       (int)sizeof(reason), reason);
	}
}

static struct scxb_options defaults(void)
{
	struct scxb_options options;

	scxb_options_init(&options, sizeof(options));
	return options;
}

static void null_handle(void)
{
	char text[8];

	EXPECT_ALL(NULL, -EINVAL, "scxb_close", "scxb_error_text");
	scxb_close(NULL);
	memset(text, CANARY, sizeof(text));
	EXPECT(scxb_error_text(NULL, text, sizeof(text)), 0);
	EXPECT(untouched(text, sizeof(text)), 1);

	/* All pointers are NULL. */
	EXPECT(scxb_receive(NULL, NULL, 1, NULL), -EINVAL);
	EXPECT(scxb_receive_wait(NULL, NULL, 1, NULL, -1), -EINVAL);
	EXPECT(scxb_dispatch(NULL, NULL, 1, NULL), -EINVAL);
	EXPECT(scxb_select_cpu(NULL, 0, 0, NULL), -EINVAL);
	EXPECT(scxb_select_cpus(NULL, NULL, 1), -EINVAL);
	EXPECT(scxb_cgroup_read(NULL, 1, NULL), -EINVAL);
	EXPECT(scxb_domains_read(NULL, NULL), -EINVAL);
	EXPECT(scxb_domains_set(NULL, NULL), -EINVAL);
	EXPECT(scxb_stats_read(NULL, NULL), -EINVAL);
	EXPECT(scxb_exit_info_read(NULL, NULL), -EINVAL);
	EXPECT(scxb_exit_dump_read(NULL, NULL, 0), -EINVAL);
	EXPECT(scxb_error_text(NULL, NULL, 0), 0);
	EXPECT(scxb_open(NULL, NULL, NULL, 0), -EINVAL);
}

/* Calls without a handle: invalid names, and outputs that stay untouched. */
static void pinned_names(void)
{
	struct scxb *handle = (struct scxb *)&checks;
	const char *const bad[] = { "", "a b", "a/b", ".", "..", "a-b" };
	char text[128];

	EXPECT(scxb_adopt(NULL, &handle, NULL, 0), -EINVAL);
	EXPECT(scxb_adopt("x", NULL, NULL, 0), -EINVAL);
	EXPECT(scxb_detach_pinned(NULL, NULL, 0), -EINVAL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(text, CANARY, sizeof(text));
		EXPECT(scxb_adopt(bad[i], &handle, text, sizeof(text)), -EINVAL);
		EXPECT(strstr(text, "option name") != NULL, 1);
		EXPECT(scxb_detach_pinned(bad[i], text, 5), -EINVAL);
		EXPECT(strlen(text), 4);
	}
	EXPECT(scxb_adopt("nobody.has.this", &handle, NULL, 0),
	       open_status ? open_status : -ENOENT);
	EXPECT(handle == (struct scxb *)&checks, 1);
}

static void options_of_other_sizes(void)
{
	const uint32_t size = sizeof(struct scxb_options);
	/* Room for a struct of a later version. */
	union {
		struct scxb_options options;
		unsigned char bytes[sizeof(struct scxb_options) + 32];
	} u;
	struct scxb_options complete = defaults();

	EXPECT(complete.size, size);
	EXPECT(complete.flags, SCXB_OPTION_BUILTIN_IDLE);
	EXPECT(complete.name == NULL, 1);
	EXPECT(complete.batch_us, 0);

	/* It never writes beyond the given size. */
	scxb_options_init(NULL, size);
	for (uint32_t told = 0; told <= sizeof(u); told++) {
		memset(&u, CANARY, sizeof(u));
		scxb_options_init(&u.options, told);
		EXPECT(untouched(u.bytes + told, sizeof(u) - told), 1);
		if (told >= sizeof(u.options.size))
			EXPECT(u.options.size, told);
		if (told > sizeof(u.options.size) && told <= size)
			EXPECT(memcmp(u.bytes + 4, (unsigned char *)&complete + 4, told - 4), 0);
		for (uint32_t i = size; i < told; i++)
			EXPECT(u.bytes[i], 0);
	}

	/* The sizes of an older header (there is none), and of a newer one. */
	for (uint32_t told = 0; told < size; told++) {
		u.options = complete;
		u.options.size = told;
		OPENS(&u.options, -EINVAL, "size");
	}
	scxb_options_init(&u.options, sizeof(u));
	OPENS(&u.options, open_status, open_word);
	u.bytes[sizeof(u) - 1] = 1;
	OPENS(&u.options, -E2BIG, "newer");
}

/* One option out of its range on either side is refused by name; its limits are not. */
#define RANGE(field, min, max)                      \
	do {                                        \
		struct scxb_options o = defaults(); \
		o.field = (min);                    \
		OPENS(&o, open_status, open_word);  \
		o.field = (max);                    \
		OPENS(&o, open_status, open_word);  \
		o.field = (max) + 1;                \
		OPENS(&o, -EINVAL, #field);         \
		o.field--;                          \
		if ((min) > 0) {                    \
			o.field = (min);            \
			o.field--;                  \
			OPENS(&o, -EINVAL, #field); \
		}                                   \
	} while (0)

static void options_out_of_range(void)
{
	const uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);
	struct scxb_options options;
	char name[129];

	OPENS(NULL, open_status, open_word);
	RANGE(timeout_ms, 1u, 30000u);
	RANGE(grace_us, 0u, 1000000u);
	RANGE(exit_dump_bytes, 0u, 1u << 20);
	RANGE(queued_bytes, page, 64u << 20);
	RANGE(decisions_bytes, page, 64u << 20);

	options = defaults();
	options.slice_max_ns = 1000000000;
	options.slice_ns = 100000;
	OPENS(&options, open_status, open_word);
	options.slice_ns--;
	OPENS(&options, -EINVAL, "slice_ns");
	options.slice_ns = 1000000000;
	OPENS(&options, open_status, open_word);
	options.slice_ns++;
	OPENS(&options, -EINVAL, "slice_ns");
	options = defaults();
	options.slice_max_ns = options.slice_ns;
	OPENS(&options, open_status, open_word);
	options.slice_max_ns--;
	OPENS(&options, -EINVAL, "slice_max_ns");
	options.slice_max_ns = 1000000001;
	OPENS(&options, -EINVAL, "slice_max_ns");

	options = defaults();
	options.queued_bytes = 3 * page;
	OPENS(&options, -EINVAL, "power of two");
	options.queued_bytes = 0;
	OPENS(&options, -EINVAL, "queued_bytes");
	options = defaults();
	options.decisions_bytes = UINT32_MAX;
	OPENS(&options, -EINVAL, "decisions_bytes");

	options = defaults();
	options.flags = SCXB_OPTION_BUILTIN_IDLE | SCXB_OPTION_PARTIAL | SCXB_OPTION_LOCK_MEMORY;
	OPENS(&options, open_status, open_word);
	options.flags = UINT32_MAX;
	OPENS(&options, -EINVAL, "flags");
	options = defaults();
	options.batch_us = UINT32_MAX;
	OPENS(&options, -EINVAL, "batch_us");

	options = defaults();
	options.name = "";
	OPENS(&options, -EINVAL, "name");
	options.name = "two words";
	OPENS(&options, -EINVAL, "two words");
	options.name = "\xff\xfe";
	OPENS(&options, -EINVAL, "name");
	memset(name, 'x', sizeof(name));
	name[128] = 0;
	options.name = name;
	OPENS(&options, -EINVAL, "name");
	name[127] = 0;
	OPENS(&options, open_status, open_word);
}

static void reasons_are_cut(void)
{
	struct scxb_options options = defaults();
	struct scxb *handle = NULL;
	char whole[512], buf[16];

	options.timeout_ms = 0;
	EXPECT(scxb_open(&options, &handle, NULL, 0), -EINVAL);
	EXPECT(scxb_open(&options, &handle, NULL, 99), -EINVAL);
	EXPECT(scxb_open(&options, &handle, whole, sizeof(whole)), -EINVAL);
	EXPECT(strlen(whole) > sizeof(buf), 1);
	for (size_t len = 0; len < sizeof(buf); len++) {
		memset(buf, CANARY, sizeof(buf));
		EXPECT(scxb_open(&options, &handle, buf, len), -EINVAL);
		EXPECT(untouched(buf + len, sizeof(buf) - len), 1);
		if (len) {
			EXPECT(buf[len - 1], 0);
			EXPECT(memcmp(buf, whole, len - 1), 0);
		}
	}
	EXPECT(handle == NULL, 1);
}

static void library(void)
{
	const int32_t far[] = { INT32_MIN, INT32_MIN + 1, INT32_MAX };

	EXPECT(scxb_abi_version() >> 16, SCXB_ABI_MAJOR);
	EXPECT(scxb_abi_version() & 0xffff, SCXB_ABI_MINOR);
	EXPECT(scxb_version() && *scxb_version(), 1);
	for (int32_t status = -4096; status <= 4096; status++)
		EXPECT(scxb_strerror(status) && *scxb_strerror(status), 1);
	for (size_t i = 0; i < sizeof(far) / sizeof(*far); i++)
		EXPECT(scxb_strerror(far[i]) && *scxb_strerror(far[i]), 1);
	EXPECT(strcmp(scxb_strerror(-EINVAL), scxb_strerror(0)) != 0, 1);
}

/* If open works here: a handle that is not loaded refuses everything else. */
static void wrong_phase(void)
{
	struct scxb_exit_info info = { .size = sizeof(info) };
	struct scxb_stats stats = { .size = sizeof(stats) };
	struct scxb_domains domains = { 0 };
	struct scxb_cgroup_info group;
	struct scxb_task task = { 0 };
	struct scxb *handle = NULL;
	uint32_t count = 77;
	char text[256];
	size_t len;

	EXPECT(scxb_open(NULL, &handle, NULL, 0), 0);
	EXPECT(scxb_error_text(handle, NULL, 0), 0);
	EXPECT_ALL(handle, -ENOTCONN, "scxb_load", "scxb_wake", "scxb_error_text", "scxb_close");
	EXPECT(scxb_wake(handle), 0);

	/* NULL where it is not allowed. */
	EXPECT(scxb_receive(handle, NULL, 1, &count), -EINVAL);
	EXPECT(scxb_receive(handle, &task, 1, NULL), -EINVAL);
	EXPECT(scxb_receive_wait(handle, NULL, 1, &count, -1), -EINVAL);
	EXPECT(scxb_receive_wait(handle, &task, 1, NULL, -1), -EINVAL);
	EXPECT(scxb_dispatch(handle, NULL, 1, NULL), -EINVAL);
	EXPECT(scxb_select_cpu(handle, 1, -1, NULL), -EINVAL);
	EXPECT(scxb_select_cpus(handle, NULL, 1), -EINVAL);
	EXPECT(scxb_cgroup_read(handle, 1, NULL), -EINVAL);
	group.size = 15;
	EXPECT(scxb_cgroup_read(handle, 1, &group), -EINVAL);
	group.size = sizeof(group);
	EXPECT(scxb_cgroup_read(handle, 1, &group), -ENOTCONN);
	EXPECT(scxb_domains_read(handle, NULL), -EINVAL);
	EXPECT(scxb_domains_set(handle, NULL), -EINVAL);
	EXPECT(scxb_domains_read(handle, &domains), -EINVAL);
	EXPECT(scxb_domains_set(handle, &domains), -EINVAL);
	domains.size = sizeof(domains);
	EXPECT(scxb_domains_read(handle, &domains), -ENOTCONN);
	EXPECT(scxb_domains_set(handle, &domains), -ENOTCONN);
	EXPECT(scxb_stats_read(handle, NULL), -EINVAL);
	EXPECT(scxb_exit_info_read(handle, NULL), -EINVAL);
	stats.size = 7;
	EXPECT(scxb_stats_read(handle, &stats), -EINVAL);
	info.size--;
	EXPECT(scxb_exit_info_read(handle, &info), -EINVAL);

	len = scxb_error_text(handle, text, sizeof(text));
	EXPECT(len > 0, 1);
	EXPECT(strlen(text), len);
	memset(text, CANARY, sizeof(text));
	EXPECT(scxb_error_text(handle, text, 5), len);
	EXPECT(strlen(text), 4);
	EXPECT(untouched(text + 5, sizeof(text) - 5), 1);
	scxb_close(handle);
}

/* Calls without a handle about this machine: whatever is wrong, outputs stay untouched. */
static void topology(void)
{
	struct {
		struct scxb_cpu cpus[2];
		uint32_t count;
		uint64_t generation;
	} out, all = { 0 };
	const uint32_t whole = sizeof(all.cpus) / sizeof(*all.cpus);
	uint64_t generation = 0;
	char text[64];

	memset(&out, CANARY, sizeof(out));
	EXPECT(scxb_topology_read(out.cpus, 2, NULL, &out.generation, text, sizeof(text)), -EINVAL);
	EXPECT(!!strstr(text, "count is NULL"), 1);
	EXPECT(scxb_topology_read(NULL, 2, &out.count, &out.generation, text, sizeof(text)),
	       -EINVAL);
	EXPECT(!!strstr(text, "the array is NULL"), 1);
	EXPECT(scxb_topology_read(NULL, 2, &out.count, &out.generation, NULL, 0), -EINVAL);
	EXPECT(scxb_topology_generation(NULL, text, sizeof(text)), -EINVAL);
	EXPECT(!!strstr(text, "generation is NULL"), 1);
	EXPECT(untouched(&out, sizeof(out)), 1);

	/* It says how many there are, and writes no more than fit. */
	EXPECT(scxb_topology_read(NULL, 0, &out.count, NULL, NULL, 0), 0);
	EXPECT(out.count >= 1, 1);
	EXPECT(scxb_topology_read(out.cpus, 1, &out.count, &out.generation, text, sizeof(text)), 0);
	EXPECT(out.cpus[0].id, 0);
	EXPECT(untouched(&out.cpus[1], sizeof(out.cpus[1])), 1);
	EXPECT(scxb_topology_read(all.cpus, whole, &all.count, &all.generation, NULL, 0), 0);
	EXPECT(all.count, out.count);
	EXPECT(memcmp(&all.cpus[0], &out.cpus[0], sizeof(out.cpus[0])), 0);
	EXPECT(scxb_topology_generation(&generation, NULL, 0), 0);
	EXPECT(generation == all.generation, 1);
}

int main(void)
{
	look_at_the_machine();
	null_handle();
	pinned_names();
	topology();
	library();
	options_of_other_sizes();
	options_out_of_range();
	reasons_are_cut();
	if (!open_status)
		wrong_phase();
	return verdict();
}
