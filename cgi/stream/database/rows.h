/*
 * What the database answers: the rows of the statements of a stream process,
 * to verdicts for openings and to events and sessions for the hub.
 */
#ifndef PGBELL_ROWS_H
#define PGBELL_ROWS_H

#include <libpq-fe.h>

#include "cgi/stream/audience/hub.h"
#include "cgi/stream/audience/opening.h"
#include "cgi/stream/database/berth.h"
#include "cgi/stream/events/page.h"

/* Give each opening of the batch its verdict. */
void rows_take_openings(const PGresult *result, struct openings *openings);

/*
 * Give the hub what a read has found.  page is used for one user after
 * another, and is empty before and afterwards; its bytes_max holds.
 */
void rows_take_read(
    const PGresult *result, struct hub *hub, struct page *page, struct metrics *metrics);

/* Ring in the hub for whom a look has found, and tell the berth what it saw. */
void rows_take_look(const PGresult *result, struct hub *hub, struct berth *berth);

/* Give the hub what has become of sessions. */
void rows_take_check(const PGresult *result, struct hub *hub);

#endif
