/* What a read has found, as one client is given it. */
#ifndef PGBELL_CLIENT_PAGE_H
#define PGBELL_CLIENT_PAGE_H

#include "cgi/stream/audience/client.h"
#include "cgi/stream/events/tails.h"

/*
 * Give the client of a subscription what it has not had of a finished page; a page that
 * does not reach it is passed over.  tails are those of the page that were made last, by others:
 * empty before the first.
 */
void client_send_page(struct subscription *at, struct page *page, struct tails *tails);

/*
 * Tell it to re-read its list, or what it shows of a topic, and go on from seq, by an event with
 * this data; the count is of a person's log.
 */
void client_send_reset(
    struct subscription *at, struct span data, int64_t seq, int32_t unread_count);

#endif
