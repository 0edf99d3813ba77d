/* SPDX-License-Identifier: Apache-2.0 */
/* Checks for the C programs of this folder: each is one file, and ends with verdict(). */
#ifndef EXPECT_H
#define EXPECT_H

#include <stdio.h>

static int checks, failures;

/* Two numbers that should be equal. */
#define EXPECT(is, should) expect(__LINE__, #is, (long long)(is), (long long)(should))

#define expect(line, what, is, should) expect_in(__FILE__, line, what, is, should)

static void expect_in(const char *file, int line, const char *what, long long is, long long should)
{
	checks++;
	if (is == should)
		return;
	failures++;
	printf("%s:%d: %s is %lld, not %lld\n", file, line, what, is, should);
}

/* The exit status. */
static int verdict(void)
{
	printf("%d checks, %d failures\n", checks, failures);
	return failures != 0;
}

#endif /* EXPECT_H */
