/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scx_bare: attaches bare.bpf.c until SIGTERM. It is the floor of the benchmarks in the system:
 * what it takes, a scheduler's programs are not to blame for.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* OBJECT is the path of the compiled bare.bpf.c. One file is easier to copy than two. */
__asm__(".section .rodata\n"
	".balign 8\n"
	"object: .incbin \"" OBJECT "\"\n"
	"object_end:\n"
	".previous\n");
extern const char object[], object_end[];

static int fail(const char *what)
{
	fprintf(stderr, "scx_bare: %s: %s\n", what, strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	struct bpf_object *loaded;
	struct bpf_link *link;
	sigset_t end;
	int which;

	if (argc > 1 && !strcmp(argv[1], "--version")) {
		puts("sched_ext without programs");
		return 0;
	}
	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigaddset(&end, SIGINT);
	sigprocmask(SIG_BLOCK, &end, NULL);
	loaded = bpf_object__open_mem(object, (size_t)(object_end - object), NULL);
	if (!loaded || bpf_object__load(loaded))
		return fail("load");
	link = bpf_map__attach_struct_ops(bpf_object__find_map_by_name(loaded, "ops"));
	if (!link)
		return fail("attach");
	sigwait(&end, &which);
	bpf_link__destroy(link);
	bpf_object__close(loaded);
	return 0;
}
