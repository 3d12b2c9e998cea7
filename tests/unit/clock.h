/*
 * A clock that tests can put forward: this definition of clock_gettime(2)
 * goes before the C library's for the whole program, libevent's timers
 * included.  For one source file of a program.
 */
#ifndef PGBELL_TESTS_CLOCK_H
#define PGBELL_TESTS_CLOCK_H

#include <stdbool.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static time_t clock_ahead_s;
static struct timespec clock_stands_at; /* zero: it goes */

int
clock_gettime(clockid_t id, struct timespec *now)
{
	bool stands = clock_stands_at.tv_sec != 0 && id != CLOCK_REALTIME;
	long result = stands ? 0 : syscall(SYS_clock_gettime, id, now);

	if (stands)
		*now = clock_stands_at;
	now->tv_sec += clock_ahead_s;
	return (int)result;
}

/* Let no time pass but what is skipped, however slow the machine is; or let it go again. */
static inline void
clock_stop(void)
{
	(void)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &clock_stands_at);
}

static inline void
clock_go(void)
{
	clock_stands_at = (struct timespec){ 0, 0 };
}

/* Let so many seconds pass at once. */
static inline void
clock_skip(time_t seconds)
{
	clock_ahead_s += seconds;
}

#endif
