/*
 * The parameters of a read of the log, as the arrays that the statement
 * takes.  All zeroes is an empty one.
 */
#ifndef PGBELL_HUB_READ_H
#define PGBELL_HUB_READ_H

#include "cgi/stream/array.h"

#define HUB_READ_USERS_MAX 256 /* users in one read */

struct hub_read {
	size_t users_max;         /* to be taken; 0: HUB_READ_USERS_MAX */
	struct array users, seqs; /* people, and the lowest number that a stream of each has */
	struct array sessions, expiries; /* and when each is thought to end */
};

/* Append one; INT64_MAX: the session never ends. */
void hub_read_add_user(struct hub_read *read, const char *id, int64_t seq);
void hub_read_add_session(struct hub_read *read, const char *id, int64_t expires_at_us);

/*
 * The next reads are to be of half as many users as the last, of which there
 * were so many; or of twice as many, until they are as many as ever.
 */
void hub_read_halve(struct hub_read *read, size_t users);
void hub_read_double(struct hub_read *read);

/* Make it empty, keeping its memory. */
void hub_read_reset(struct hub_read *read);

/* Release what it owns; may be called twice. */
void hub_read_clear(struct hub_read *read);

#endif
