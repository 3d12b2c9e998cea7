/*
 * A query: one of the hub's questions, on its way to the database and
 * back, a batch at a time.
 */
#ifndef PGBELL_QUERY_H
#define PGBELL_QUERY_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "cgi/stream/audience/question.h"

#define QUERY_READ_BYTES 262144 /* of events that a read returns, but for the last one */
#define QUERY_FEW_EVENTS 8      /* and at most, of one user alone, unless more are known to wait */

struct query {
	struct hub *hub;
	enum question question;
	size_t page_bytes; /* of events, that a stream is given at once */
	struct batch batch;
	size_t count; /* of what it asks about */
	bool is_unreadable;
};

/* All zeroes but for the first three is one that has asked nothing; the hub is borrowed. */

/* Take a batch; false where there is nothing to be asked after all. */
bool query_take(struct query *query) __attribute__((warn_unused_result));

/* Send what was taken; as the statements' own senders. */
bool query_send(struct query *query, PGconn *connection, bool prepare);

/* The database takes something that is asked about for bad data. */
void query_mark_unreadable(struct query *query);

/*
 * All answers have come.  Where what was asked about was bad data, it is asked again by
 * halves, until the one is found that is the reason; its streams end, and may
 * come back.
 */
void query_finish(struct query *query);

/* None will come: the connection is gone. */
void query_lose(struct query *query);

/* Release what it owns; may be called twice. */
void query_clear(struct query *query);

#endif
