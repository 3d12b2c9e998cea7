/*
 * An error that is of what was read would come again for ever, and be
 * everybody's; so what was asked about together is asked about apart.
 */
#include "cgi/stream/database/query.h"

#include <stdio.h>

#include "cgi/stream/database/statement.h"

static const struct retry retry_unreadable = { 5000, 15000 };

bool
query_take(struct query *query)
{
	query->count = question_take(query->hub, query->question, &query->batch);
	return query->count > 0;
}

/*
 * As much as a read returns, so that addresses rung meanwhile do not wait
 * long; but no more of one user than its streams can be given at once.
 */
static size_t
find_bytes(const struct query *query)
{
	size_t most = query->count * query->page_bytes;

	return most < QUERY_READ_BYTES ? most : QUERY_READ_BYTES;
}

bool
query_send(struct query *query, PGconn *connection, bool prepare)
{
	const char *values[QUESTION_ARRAYS + 2];
	char limit[16], bytes[24];

	batch_format(&query->batch, QUESTION_ARRAYS, values);
	if (query->question == QUESTION_SESSIONS)
		return statement_send_check(connection, prepare, values);
	if (query->question == QUESTION_FOLLOWS)
		return statement_send_follows(connection, prepare, values);
	snprintf(limit, sizeof(limit), "%d",
	    query->count == 1 && !question_knows_of_more(query->hub) ? QUERY_FEW_EVENTS
								     : PAGE_EVENTS_MAX);
	snprintf(bytes, sizeof(bytes), "%zu", find_bytes(query));
	values[QUESTION_ARRAYS] = limit;
	values[QUESTION_ARRAYS + 1] = bytes;
	return statement_send_read(connection, prepare, values);
}

void
query_mark_unreadable(struct query *query)
{
	query->is_unreadable = true;
}

void
query_finish(struct query *query)
{
	bool was_unreadable = query->is_unreadable;

	query->is_unreadable = false;
	if (was_unreadable && query->count > 1) {
		question_return(query->hub, query->question);
		return;
	}
	if (was_unreadable)
		question_end(query->hub, query->question, &retry_unreadable);
	question_finish(query->hub, query->question);
}

void
query_lose(struct query *query)
{
	query->is_unreadable = false;
	question_return(query->hub, query->question);
}

void
query_clear(struct query *query)
{
	batch_clear(&query->batch);
}
