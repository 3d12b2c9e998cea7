/*
 * The topics that a stream is to follow, as a request names them, `name` or
 * `name=after` with the number of the last event that it had of this one; and
 * the last event id of a stream that follows topics, which has all its
 * numbers, its person's first: `41;question:12=7;question:9=3`, and of a
 * visitor, who is nobody, `;question:12=7`.
 *
 * Pure.
 */
#ifndef PGBELL_TOPICS_H
#define PGBELL_TOPICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cgi/stream/parts/decimal.h"
#include "common/span.h"
#include "common/topic.h"

#define TOPICS_MAX 32              /* that one stream follows */
#define TOPICS_NO_NUMBER INT64_MAX /* one that no event can have */
/* `;name=after`, and as many of them as there may be behind a person's number, NUL included. */
#define TOPIC_POSITION_BYTES (TOPIC_BYTES + DECIMAL_BYTES + 2)
#define TOPICS_ID_BYTES (DECIMAL_BYTES + TOPICS_MAX * TOPIC_POSITION_BYTES + 1)

/* The last number had of one log; none: from now on. */
struct topic_after {
	bool is_given;
	int64_t number; /* or TOPICS_NO_NUMBER; 0 where none is given */
};

/* A count of 0 is none, whatever stands behind it. */
struct topics {
	size_t count;
	struct {
		char name[TOPIC_BYTES + 1];
		struct topic_after after;
	} of[TOPICS_MAX];
};

enum topics_result {
	TOPICS_ADDED,
	TOPICS_MALFORMED, /* it is no topic, or what is behind it no number */
	TOPICS_DOUBLED,   /* it is among them already */
	TOPICS_FULL,
};

/* Add one that is named as above, decoded. */
enum topics_result topics_add(struct topics *topics, struct span named)
    __attribute__((warn_unused_result));

/*
 * Take over the numbers of a last event id: of those topics that are there, before
 * what they came with, and of the person.  Others are passed over.  A text that
 * is no such id counts as one that nobody can have, for all of them: so a client that has lost its
 * position is reset.
 */
void topics_read_id(struct topics *topics, struct span id, struct topic_after *person);

/* All of them as they can be added again, with a space between; NULL where there are none.  The
 * caller frees it. */
char *topics_format(const struct topics *topics);

/* The next of such a text; false at its end. */
bool topics_next_word(struct span *words, struct span *word);

/* Append what goes before a topic's number, `;name=`, to an id at out; returns where it ends. */
char *topics_put_name(char *out, const char *name);

#endif
