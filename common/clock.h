/*
 * The steady clock (CLOCK_MONOTONIC): nobody can set it, so durations and
 * deadlines are measured by it.
 */
#ifndef PGBELL_CLOCK_H
#define PGBELL_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Microseconds since a moment before the process began. */
static inline int64_t
clock_steady_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* The same in milliseconds, and in seconds. */
static inline int64_t
clock_steady_ms(void)
{
	return clock_steady_us() / 1000;
}

static inline int64_t
clock_steady_s(void)
{
	return clock_steady_us() / 1000000;
}

#endif
