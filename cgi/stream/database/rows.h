/*
 * The rows of the statements of a stream process: each becomes a verdict for an opening, an
 * event or a session for the hub, or the like.
 */
#ifndef PGBELL_ROWS_H
#define PGBELL_ROWS_H

#include <libpq-fe.h>

#include "cgi/stream/audience/errands.h"
#include "cgi/stream/audience/hub.h"
#include "cgi/stream/audience/opening.h"
#include "cgi/stream/database/announcing.h"
#include "cgi/stream/database/berth.h"
#include "cgi/stream/database/same_database.h"
#include "cgi/stream/database/tally.h"
#include "cgi/stream/database/upkeep.h"
#include "cgi/stream/events/page.h"

/* Give each opening of the batch its verdict. */
void rows_take_openings(const PGresult *result, struct openings *openings);

/* Those people have opened streams, and may be to take what was announced. */
void rows_note_opened(const PGresult *result, struct announcing *announcing);

/* How many of a batch have taken what was announced, and how many are in others' hands. */
struct announced {
	int64_t taken, busy;
};
struct announced rows_take_announced(const PGresult *result);

/* Whether there is more to trim; when something is due; and which announcement there is. */
void rows_take_trim(const PGresult *result, struct upkeep *upkeep);
void rows_take_due(const PGresult *result, struct upkeep *upkeep, struct announcing *announcing);

/* Where the reader is. */
void rows_take_place(const PGresult *result, struct same_database *same_database);

/*
 * Give the hub what a read has found.  page is used for one address after
 * another, and is empty before and afterwards; its bytes_max holds.
 */
void rows_take_read(
    const PGresult *result, struct hub *hub, struct page *page, struct metrics *metrics);

/*
 * Give the hub what a look has found, or ring there for those whose logs have it, and tell the
 * berth what it saw.  page as above.
 */
void rows_take_look(const PGresult *result, struct hub *hub, struct page *page,
    struct metrics *metrics, struct berth *berth, struct tally *tally);

/* Give the hub who may follow what no more. */
void rows_take_follows(const PGresult *result, struct hub *hub);

/* Give each errand of the batch its answer. */
void rows_take_errands(const PGresult *result, struct errands *errands);

/* Give the hub what has become of sessions. */
void rows_take_check(const PGresult *result, struct hub *hub);

#endif
