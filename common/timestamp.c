/*
 * One home for the arithmetic of seconds and their fractions.
 */
#include "common/timestamp.h"

#include <stdio.h>
#include <time.h>

#define US_A_SECOND 1000000

void
timestamp_format(int64_t us, enum timestamp_unit digits, char out[TIMESTAMP_MAX])
{
	int64_t fraction = us % US_A_SECOND, whole = us / US_A_SECOND;
	time_t seconds;
	struct tm utc;
	size_t length;

	if (fraction < 0) {
		fraction += US_A_SECOND;
		whole--;
	}
	seconds = (time_t)whole;
	gmtime_r(&seconds, &utc);
	length = strftime(out, TIMESTAMP_MAX, "%Y-%m-%dT%H:%M:%S", &utc);
	if (digits == TIMESTAMP_MS)
		fraction /= 1000;
	snprintf(out + length, TIMESTAMP_MAX - length, ".%0*dZ", (int)digits, (int)fraction);
}

int64_t
timestamp_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * US_A_SECOND + now.tv_nsec / 1000;
}
