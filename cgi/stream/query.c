/*
 * An error that is of what was read would come again for ever, and be
 * everybody's; so what was asked about together is asked about apart.
 */
#include "cgi/stream/query.h"

#include <stdio.h>

#include "cgi/stream/statement.h"

static const struct hub_retry retry_unreadable = { 5000, 15000 };

bool
query_take(struct query *query)
{
	query->count = hub_take_batch(query->hub, query->question, &query->batch);
	return query->count > 0;
}

bool
query_send(struct query *query, PGconn *connection, bool prepare)
{
	const char *values[3];
	char limit[16];

	snprintf(limit, sizeof(limit), "%d", PAGE_EVENTS_MAX);
	values[0] = array_format(&query->batch.ids);
	values[1] = array_format(&query->batch.known);
	values[2] = limit;
	if (query->question == HUB_EVENTS)
		return statement_send_read(connection, prepare, values);
	return statement_send_check(connection, prepare, values);
}

void
query_spoil(struct query *query)
{
	query->is_unreadable = true;
}

bool
query_finish(struct query *query)
{
	bool was_unreadable = query->is_unreadable;

	query->is_unreadable = false;
	if (was_unreadable && query->count > 1) {
		hub_return_batch(query->hub, query->question);
		return false;
	}
	if (was_unreadable)
		hub_end_batch(query->hub, query->question, &retry_unreadable);
	hub_finish_batch(query->hub, query->question);
	return !was_unreadable;
}

void
query_lose(struct query *query)
{
	query->is_unreadable = false;
	hub_return_batch(query->hub, query->question);
}

void
query_clear(struct query *query)
{
	hub_batch_clear(&query->batch);
}
