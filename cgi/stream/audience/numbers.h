/*
 * Numbers: where a stream that follows topics stands in all of its logs, as
 * the ids of its events have it and as it is told of them.
 */
#ifndef PGBELL_NUMBERS_H
#define PGBELL_NUMBERS_H

#include "cgi/stream/audience/address.h"
#include "cgi/stream/events/message.h"
#include "cgi/stream/wire/topics.h"

struct numbers {
	const struct subscription *person; /* without an address: a visitor's */
	struct subscription *const *follows;
	size_t count;
};

/*
 * Write the id that has them all, without a NUL, but for the number of at, which
 * is left out (NULL: none is): it stands at *gap.  Returns the id's length.
 */
size_t numbers_format_id(const struct numbers *numbers, const struct subscription *at,
    char out[TOPICS_ID_BYTES], size_t *gap);

/* Those of the topics; the names are borrowed. */
void numbers_list(const struct numbers *numbers, struct message_topic out[TOPICS_MAX]);

#endif
