/*
 * Runs a worker and counts the system calls that its first thread makes between the marks of
 * bench_mark(): `count FILE COMMAND...`. The sum is written to FILE at each end mark.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aid.h"

static void fail(const char *what)
{
	fprintf(stderr, "count: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void write_sum(const char *path, unsigned long sum)
{
	FILE *file = fopen(path, "w");

	if (!file || fprintf(file, "%lu\n", sum) < 0 || fclose(file))
		fail(path);
}

/* Handles one system call; returns whether the following ones count. */
static int entered(const struct __ptrace_syscall_info *info, int counting, unsigned long *sum,
		   const char *path)
{
	if (info->entry.nr == SYS_getpgid && (int)info->entry.args[0] == BENCH_MARK_BEGIN)
		return 1;
	if (info->entry.nr == SYS_getpgid && (int)info->entry.args[0] == BENCH_MARK_END) {
		write_sum(path, *sum);
		return 0;
	}
	/* The Go runtime preempts by signals; the return from one is not the worker's call. */
	if (counting && info->entry.nr != SYS_rt_sigreturn)
		++*sum;
	return counting;
}

static int trace(pid_t child, const char *path)
{
	int status, counting = 0;
	unsigned long sum = 0;
	long pass = 0;

	if (waitpid(child, &status, 0) < 0 ||
	    ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL))
		fail("trace the worker");
	while (!ptrace(PTRACE_SYSCALL, child, 0, pass) && waitpid(child, &status, 0) == child) {
		struct __ptrace_syscall_info info;

		pass = 0;
		if (WIFEXITED(status) || WIFSIGNALED(status))
			return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
		if (!WIFSTOPPED(status))
			continue;
		if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
			pass = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
			continue;
		}
		if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(info), &info) > 0 &&
		    info.op == PTRACE_SYSCALL_INFO_ENTRY)
			counting = entered(&info, counting, &sum, path);
	}
	fail("trace the worker");
	return 1;
}

int main(int argc, char **argv)
{
	pid_t child;

	if (argc < 3) {
		fprintf(stderr, "usage: count FILE COMMAND...\n");
		return 2;
	}
	child = fork();
	if (child < 0)
		fail("fork");
	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		execv(argv[2], argv + 2);
		fail(argv[2]);
	}
	return trace(child, argv[1]);
}
