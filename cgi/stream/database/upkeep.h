/*
 * Upkeep: what is to be done in the database whether or not anybody has a stream.  Old events,
 * sessions and notifications are trimmed, and what was put off until now is done.  Both are
 * asked so many rows at a time, and again where that was not enough.
 *
 * Pure.  When they are asked is the reader's business.
 */
#ifndef PGBELL_UPKEEP_H
#define PGBELL_UPKEEP_H

#include <stdbool.h>
#include <stdint.h>

#define UPKEEP_ROWS 250          /* of each kind in one statement */
#define UPKEEP_DUE_REST_MS 1000  /* with nothing due for so long all was done */
#define UPKEEP_DUE_WAIT_MS 10000 /* from one question what is due to the next, at most */

struct upkeep {
	bool wants_trim, wants_due;     /* there is to be asked for one */
	bool has_trimmed, has_done_due; /* it was asked once at least */
	int trim_rows, due_rows;        /* in the next one */
	int64_t due_in_ms; /* as the database said last: something is; below 0: nothing */
};

/* Make one; trims: whether this process trims at all. */
void upkeep_init(struct upkeep *upkeep, bool trims);

/* A trim is asked for; it was done, and there may be more to trim; it failed, and is wanted again
 * in the first place: then with fewer rows, for it may have been too long. */
void upkeep_begin_trim(struct upkeep *upkeep);
void upkeep_take_trim(struct upkeep *upkeep, bool has_more);
void upkeep_fail_trim(struct upkeep *upkeep, bool is_wanted);

/* The same of what is due; in_ms: as due_in_ms.  It goes on by fewer rows until all was done. */
void upkeep_begin_due(struct upkeep *upkeep);
void upkeep_take_due(struct upkeep *upkeep, int64_t in_ms);
void upkeep_fail_due(struct upkeep *upkeep, bool is_wanted);

/* How long until something is due, as the database says, or may be that was put off since then. */
int64_t upkeep_due_wait_ms(const struct upkeep *upkeep);

/* Whether both were seen to once at least. */
bool upkeep_is_done(const struct upkeep *upkeep);

#endif
