/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A panic inside the library must come out as -EIO, also where it is linked from an archive
 * that was stripped. No call panics on purpose: so this program replaces read(), and once it
 * returns more than was asked for. Rust's standard library then takes too long a slice.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <scxbridge.h>

/* For one call: what reports the panic may read, too. */
static int impossible;

ssize_t read(int fd, void *buffer, size_t size)
{
	if (impossible) {
		impossible = 0;
		return (ssize_t)size + 1;
	}
	return syscall(SYS_read, fd, buffer, size);
}

static int status_of_open(void)
{
	struct scxb_options options;
	struct scxb *sched = NULL;
	int status;

	scxb_options_init(&options, sizeof(options));
	status = scxb_open(&options, &sched, NULL, 0);
	scxb_close(sched);
	return status;
}

int main(void)
{
	int status;

	impossible = 1;
	status = status_of_open();
	if (impossible)
		return fprintf(stderr, "scxb_open() reads no file: find another way to a panic\n"),
		       1;
	if (status != -EIO)
		return fprintf(stderr, "a panic in scxb_open() is %d, not -EIO\n", status), 1;
	/* The process is whole: with the real read() the same call works, or says what lacks. */
	status = status_of_open();
	if (status == -EIO)
		return fprintf(stderr, "scxb_open() is -EIO also without a panic\n"), 1;
	return 0;
}
