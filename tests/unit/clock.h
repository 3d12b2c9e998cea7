/*
 * A clock that tests can put forward: this definition of clock_gettime(2)
 * goes before the C library's for the whole program, libevent's timers
 * included.  For one source file of a program.
 */
#ifndef PGBELL_TESTS_CLOCK_H
#define PGBELL_TESTS_CLOCK_H

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static time_t clock_ahead_s;

int
clock_gettime(clockid_t id, struct timespec *now)
{
	long result = syscall(SYS_clock_gettime, id, now);

	now->tv_sec += clock_ahead_s;
	return (int)result;
}

/* Let so many seconds pass at once. */
static inline void
clock_skip(time_t seconds)
{
	clock_ahead_s += seconds;
}

#endif
