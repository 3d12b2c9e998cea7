/*
 * A histogram of times: exact below 64 us, above that in 64 steps for each
 * power of two, which is 1.6 % at worst; of fixed size whatever is counted.
 */
#ifndef PGBELL_BENCH_HISTOGRAM_H
#define PGBELL_BENCH_HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

#define HISTOGRAM_STEPS 64
#define HISTOGRAM_POWERS 32

struct histogram {
	uint64_t counts[HISTOGRAM_STEPS * HISTOGRAM_POWERS];
	uint64_t total;
	uint64_t max_us;
};

/* All zeroes is an empty one. */

/* Count one time; a negative one, which only two clocks can give, counts as 0. */
void histogram_add(struct histogram *histogram, int64_t us);

/* The time that so many in a thousand did not exceed; 0 when empty. */
uint64_t histogram_find(const struct histogram *histogram, unsigned permille);

/* Print p50_us, p99_us and max_us as members of a JSON object, without a comma at either end. */
void histogram_print(const struct histogram *histogram, FILE *out);

/* Microseconds since 1970, the clock that PostgreSQL's clock_timestamp() reads too. */
int64_t histogram_now_us(void);

#endif
