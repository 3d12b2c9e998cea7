/*
 * Announcing: the people with a stream here that are still to take an announcement.
 * All of them when there is a newer one, a part of the
 * hub at a time; and those that have opened a stream since.
 * Where there is none nothing is asked.
 */
#ifndef PGBELL_ANNOUNCING_H
#define PGBELL_ANNOUNCING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cgi/stream/audience/hub.h"
#include "cgi/stream/parts/array.h"

#define ANNOUNCING_OPENED_MAX 256 /* people that are noted by name; beyond, all are asked about */

/* All zeroes is one that knows of no announcement. */
struct announcing {
	int64_t newest;     /* as the database said last; 0: there is none */
	uint32_t parts;     /* of the hub, a bit each: still to be asked about */
	uint32_t again;     /* once more: of somebody there others had the inbox in hand */
	uint32_t under_way; /* what the batch is of */
	struct array opened, people;
	size_t opened_count;
};

/* The newest that there is, 0 for none. */
void announcing_take_newest(struct announcing *announcing, int64_t newest);

/* It is not known any more: of another database, perhaps. */
void announcing_forget(struct announcing *announcing);

/* This user has opened a stream here. */
void announcing_note_opened(struct announcing *announcing, const char *user_id);

bool announcing_is_wanted(const struct announcing *announcing);

/* Take a batch into people; false where there is nobody after all. */
bool announcing_take_batch(struct announcing *announcing, const struct hub *hub)
    __attribute__((warn_unused_result));

/*
 * It was answered; is_busy: somebody's inbox was in others' hands.  Whether all are done
 * but such ones: then it is worth a pause.
 */
bool announcing_finish(struct announcing *announcing, const struct hub *hub, bool is_busy);

/* It was not: it is asked again. */
void announcing_lose(struct announcing *announcing);

/* Release what it owns; may be called twice. */
void announcing_clear(struct announcing *announcing);

#endif
