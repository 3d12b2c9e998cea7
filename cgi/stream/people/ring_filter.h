/*
 * Whom doorbells have named since some moment: a set that may say yes to one
 * that was not named, and never no to one that was.
 *
 * Pure.  All zeroes is an empty one.
 */
#ifndef PGBELL_RING_FILTER_H
#define PGBELL_RING_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#define RING_FILTER_BITS 4096 /* of a hundred named, one in forty is taken for another */

struct ring_filter {
	uint64_t bits[RING_FILTER_BITS / 64];
};

/* Begin anew, with nobody. */
void ring_filter_clear(struct ring_filter *filter);

/* Add one, by a hash; or everybody, where it is not known who was named. */
void ring_filter_add(struct ring_filter *filter, uint32_t hash);
void ring_filter_add_all(struct ring_filter *filter);

bool ring_filter_has(const struct ring_filter *filter, uint32_t hash);

#endif
