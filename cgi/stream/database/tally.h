/*
 * A tally: of the addresses that looks have found lately, how many have streams here.  Where
 * few have, as beside many other processes, it does not pay that a look brings events along.
 *
 * Pure.
 */
#ifndef PGBELL_TALLY_H
#define PGBELL_TALLY_H

#include <stdbool.h>

#define TALLY_MAX 256 /* addresses; then those before count ever less */
#define TALLY_SHARE 8 /* it pays where one of so many addresses has streams here */

/* All zeroes is one of nothing. */
struct tally {
	unsigned found, here;
};

/* A look has found an address. */
void tally_note(struct tally *tally, bool is_here);

/* Whether it pays; also where nothing is known. */
bool tally_pays(const struct tally *tally);

#endif
