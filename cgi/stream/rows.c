/*
 * The statements and the numbers of their columns stand side by side here.
 * An end of a session that no clock of ours counts to, or none at all, comes
 * as null; how long it is until then is told by the database's clock, which
 * need not agree with ours.
 */
#include "cgi/stream/rows.h"

#include <inttypes.h>
#include <json-c/json.h>

#include "common/http.h"
#include "common/timestamp.h"

const char rows_open_statement[] =
    "select ord, user_id, session_id, (extract(epoch from ending) * 1000000)::bigint,"
    " (extract(epoch from ending - clock_timestamp()) * 1000000)::bigint,"
    " is_operator, seq, unread_count, reset"
    " from pgbell.open_streams($1, $2, $3),"
    " lateral (select case when expires_at between '1970-01-01' and '9999-12-31' then expires_at"
    " end as ending) e";
enum open_column {
	OPEN_ORD,
	OPEN_USER,
	OPEN_SESSION,
	OPEN_EXPIRES,
	OPEN_LEFT,
	OPEN_OPERATOR,
	OPEN_SEQ,
	OPEN_UNREAD,
	OPEN_RESET
};

const char rows_read_statement[] = "select user_id, seq, type, data, unread_count,"
				   " (extract(epoch from created_at) * 1000000)::bigint"
				   " from pgbell.events_after($1, $2, $3, $4, $5)";
enum read_column { READ_USER, READ_SEQ, READ_TYPE, READ_DATA, READ_UNREAD, READ_CREATED };

struct reading {
	const PGresult *result;
	struct hub *hub;
	struct page *page;
	struct metrics *metrics;
};

static const char *
get_text(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}

static int64_t
get_integer(const PGresult *result, int row, int column, int64_t otherwise)
{
	int64_t value = otherwise;

	if (!PQgetisnull(result, row, column) &&
	    !http_parse_integer(
		span_of(PQgetvalue(result, row, column)), INT64_MIN, INT64_MAX, &value))
		return otherwise; /* an infinite time, for example */
	return value;
}

/* The reason as one of our own words: the function may be the application's. */
static const char *
pick_word(const char *word, const char *const words[])
{
	while (words[1] != NULL && (word == NULL || strcmp(words[0], word) != 0))
		words++;
	return words[0];
}

static void
take_verdict(struct openings *openings, const PGresult *result, int row)
{
	static const char *const reasons[] = { "trimmed", "unknown", NULL };
	struct opening_verdict verdict = { .is_known = !PQgetisnull(result, row, OPEN_USER) };
	int64_t ord = get_integer(result, row, OPEN_ORD, 0);
	const char *reset = get_text(result, row, OPEN_RESET);

	verdict.is_operator = strcmp(PQgetvalue(result, row, OPEN_OPERATOR), "t") == 0;
	verdict.session = (struct session_identity){
		.id = get_text(result, row, OPEN_SESSION),
		.expires_at_us = get_integer(result, row, OPEN_EXPIRES, INT64_MAX),
		.left_us = get_integer(result, row, OPEN_LEFT, 0),
	};
	verdict.opening = (struct client_opening){
		.user_id = get_text(result, row, OPEN_USER),
		.seq = get_integer(result, row, OPEN_SEQ, 0),
		.unread_count = (int32_t)get_integer(result, row, OPEN_UNREAD, 0),
		.reset_reason = reset == NULL ? NULL : pick_word(reset, reasons),
	};
	openings_decide(openings, (size_t)(ord - 1), &verdict);
}

void
rows_take_openings(const PGresult *result, struct openings *openings)
{
	for (int row = 0; row < PQntuples(result); row++)
		take_verdict(openings, result, row);
}

/* What has become of a session: the rows of a read that belong to no user. */
static void
take_session(const struct reading *reading, int row)
{
	static const char *const reasons[] = { "signed_out", "expired", "revoked", NULL };
	const char *type = PQgetvalue(reading->result, row, READ_TYPE);
	int64_t now_us = get_integer(reading->result, row, READ_CREATED, 0);
	struct json_object *data, *id = NULL, *value = NULL;

	data = json_tokener_parse(PQgetvalue(reading->result, row, READ_DATA));
	json_object_object_get_ex(data, "session_id", &id);
	if (id != NULL && strcmp(type, "session_renewed") == 0) {
		struct session_identity identity = { json_object_get_string(id), INT64_MAX, 0 };

		json_object_object_get_ex(data, "expires_at_us", &value);
		if (value != NULL) {
			identity.expires_at_us = json_object_get_int64(value);
			identity.left_us = identity.expires_at_us - now_us;
		}
		hub_renew_session(reading->hub, &identity);
	} else if (id != NULL) {
		json_object_object_get_ex(data, "reason", &value);
		hub_end_session(reading->hub, json_object_get_string(id),
		    pick_word(json_object_get_string(value), reasons));
	}
	json_object_put(data);
}

static void
deliver_page(const struct reading *reading, const char *user_id)
{
	if (reading->page->count > 0) {
		page_finish(reading->page);
		hub_deliver_page(reading->hub, user_id, reading->page);
	}
	page_clear(reading->page);
}

static void
take_event(const struct reading *reading, int row)
{
	const PGresult *result = reading->result;
	const char *user_id = PQgetvalue(result, row, READ_USER);
	struct span data = { PQgetvalue(result, row, READ_DATA),
		(size_t)PQgetlength(result, row, READ_DATA) };
	int64_t seq = get_integer(result, row, READ_SEQ, 0);
	int64_t created_at_us = get_integer(result, row, READ_CREATED, 0);
	int32_t unread_count = (int32_t)get_integer(result, row, READ_UNREAD, 0);
	const char *type = PQgetvalue(result, row, READ_TYPE);

	if (strcmp(type, "reset") == 0)
		hub_deliver_reset(reading->hub, user_id, seq, data, unread_count);
	else if (page_add_event(reading->page, seq, type, data, unread_count))
		metrics_observe_delivery(
		    reading->metrics, (double)(timestamp_now() - created_at_us) / 1e6);
	else /* the page is full, or somebody deleted from the log: ask again from here */
		(void)hub_ring_user(reading->hub, span_of(user_id));
}

/* Rows come ordered by user; a page is complete where the next user begins. */
void
rows_take_read(const PGresult *result, struct hub *hub, struct page *page, struct metrics *metrics)
{
	const struct reading reading = { result, hub, page, metrics };
	const char *user_id = NULL;

	for (int row = 0; row < PQntuples(result); row++) {
		const char *next = get_text(result, row, READ_USER);

		if (user_id != NULL && (next == NULL || strcmp(user_id, next) != 0))
			deliver_page(&reading, user_id);
		user_id = next;
		if (next == NULL)
			take_session(&reading, row);
		else
			take_event(&reading, row);
	}
	if (user_id != NULL)
		deliver_page(&reading, user_id);
}
