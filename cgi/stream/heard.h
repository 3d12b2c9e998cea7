/*
 * Whom doorbells have named since some moment: a set that may say yes to one
 * that was not named, and never no to one that was.
 *
 * Pure.  All zeroes is an empty one.
 */
#ifndef PGBELL_HEARD_H
#define PGBELL_HEARD_H

#include <stdbool.h>
#include <stdint.h>

#define HEARD_BITS 4096 /* of a hundred named meanwhile, one in forty is taken for another */

struct heard {
	uint64_t bits[HEARD_BITS / 64];
};

/* Begin anew, with nobody. */
void heard_clear(struct heard *heard);

/* Add one, by a hash; or everybody, where it is not known who was named. */
void heard_add(struct heard *heard, uint32_t hash);
void heard_add_all(struct heard *heard);

bool heard_has(const struct heard *heard, uint32_t hash);

#endif
