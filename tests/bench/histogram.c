/*
 * The index of a time is its highest bits: below HISTOGRAM_STEPS itself,
 * above that the power of two and the six bits that follow the first.
 */
#include "tests/bench/histogram.h"

#include <inttypes.h>
#include <time.h>

static unsigned
index_of(uint64_t us)
{
	unsigned power = 0;

	if (us < HISTOGRAM_STEPS)
		return (unsigned)us;
	while (us >= 2 * HISTOGRAM_STEPS && power < HISTOGRAM_POWERS - 2) {
		us >>= 1;
		power++;
	}
	if (us >= 2 * HISTOGRAM_STEPS)
		us = 2 * HISTOGRAM_STEPS - 1;
	return (power + 1) * HISTOGRAM_STEPS + (unsigned)(us - HISTOGRAM_STEPS);
}

/* The largest time of an index. */
static uint64_t
bound_of(unsigned index)
{
	unsigned power = index / HISTOGRAM_STEPS;

	if (power == 0)
		return index;
	return ((uint64_t)(HISTOGRAM_STEPS + index % HISTOGRAM_STEPS + 1) << (power - 1)) - 1;
}

void
histogram_add(struct histogram *histogram, int64_t us)
{
	uint64_t time = us < 0 ? 0 : (uint64_t)us;

	histogram->counts[index_of(time)]++;
	histogram->total++;
	if (time > histogram->max_us)
		histogram->max_us = time;
}

uint64_t
histogram_find(const struct histogram *histogram, unsigned permille)
{
	uint64_t wanted = (histogram->total * permille + 999) / 1000, seen = 0;

	for (unsigned i = 0; i < HISTOGRAM_STEPS * HISTOGRAM_POWERS; i++) {
		seen += histogram->counts[i];
		if (histogram->counts[i] > 0 && seen >= wanted)
			return bound_of(i) < histogram->max_us ? bound_of(i) : histogram->max_us;
	}
	return 0;
}

void
histogram_print(const struct histogram *histogram, FILE *out)
{
	fprintf(out, "\"p50_us\":%" PRIu64 ",\"p99_us\":%" PRIu64 ",\"max_us\":%" PRIu64,
	    histogram_find(histogram, 500), histogram_find(histogram, 990), histogram->max_us);
}

int64_t
histogram_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
