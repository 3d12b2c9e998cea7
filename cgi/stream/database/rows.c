/* Columns by their names in statement.h, where the statements are. */
#include "cgi/stream/database/rows.h"

#include "cgi/stream/audience/question.h"
#include "cgi/stream/database/statement.h"
#include "common/clock.h"
#include "common/http.h"
#include "common/timestamp.h"

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

static bool
is_true(const PGresult *result, int row, int column)
{
	return strcmp(PQgetvalue(result, row, column), "t") == 0;
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

/* The columns of a session's id and end stand at different places. */
static struct session_identity
get_session(const PGresult *result, int row, int id, int expires, int left)
{
	return (struct session_identity){
		.id = get_text(result, row, id),
		.expires_at_us = get_integer(result, row, expires, INT64_MAX),
		.left_us = get_integer(result, row, left, 0),
	};
}

static void
take_verdict(struct openings *openings, const PGresult *result, int row)
{
	static const char *const reasons[] = { "trimmed", "unknown", NULL };
	struct opening_verdict verdict = { .is_known = !PQgetisnull(result, row, OPEN_USER) };
	int64_t ord = get_integer(result, row, OPEN_ORD, 0);
	const char *reset = get_text(result, row, OPEN_RESET);

	verdict.answer.leapt = get_integer(result, row, OPEN_LEAPT, 0);
	verdict.answer.follows = get_text(result, row, OPEN_FOLLOWS);
	verdict.is_operator = is_true(result, row, OPEN_OPERATOR);
	verdict.session = get_session(result, row, OPEN_SESSION, OPEN_EXPIRES, OPEN_LEFT);
	verdict.answer.opening = (struct client_opening){
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

static void
take_session(const PGresult *result, int row, struct hub *hub)
{
	static const char *const reasons[] = { "signed_out", "expired", "revoked", NULL };
	struct session_identity session =
	    get_session(result, row, CHECK_SESSION, CHECK_EXPIRES, CHECK_LEFT);

	if (session.id == NULL)
		return; /* the function may be the application's */
	if (PQgetisnull(result, row, CHECK_REASON))
		hub_renew_session(hub, &session);
	else
		hub_end_session(
		    hub, session.id, pick_word(get_text(result, row, CHECK_REASON), reasons));
}

void
rows_note_opened(const PGresult *result, struct announcing *announcing)
{
	for (int row = 0; row < PQntuples(result); row++)
		if (!PQgetisnull(result, row, OPEN_USER))
			announcing_note_opened(announcing, PQgetvalue(result, row, OPEN_USER));
}

struct announced
rows_take_announced(const PGresult *result)
{
	return (struct announced){ get_integer(result, 0, ANNOUNCE_TAKEN, 0),
		get_integer(result, 0, ANNOUNCE_BUSY, 0) };
}

void
rows_take_trim(const PGresult *result, struct upkeep *upkeep)
{
	upkeep_take_trim(upkeep, is_true(result, 0, 0));
}

void
rows_take_due(const PGresult *result, struct upkeep *upkeep, struct announcing *announcing)
{
	announcing_take_newest(announcing, get_integer(result, 0, DUE_ANNOUNCEMENT, 0));
	upkeep_take_due(upkeep, get_integer(result, 0, DUE_IN_MS, -1));
}

void
rows_take_place(const PGresult *result, struct same_database *same_database)
{
	same_database_take_reader(
	    same_database, PQgetvalue(result, 0, 0), PQgetvalue(result, 0, 1));
}

void
rows_take_check(const PGresult *result, struct hub *hub)
{
	for (int row = 0; row < PQntuples(result); row++)
		take_session(result, row, hub);
}

void
rows_take_errands(const PGresult *result, struct errands *errands)
{
	for (int row = 0; row < PQntuples(result); row++) {
		int64_t ord = get_integer(result, row, ERRAND_ORD, 0);
		const char *body = get_text(result, row, ERRAND_BODY);

		errands_note(errands, (size_t)(ord - 1),
		    (int)get_integer(result, row, ERRAND_STATUS, 503),
		    body == NULL ? "null" : body);
	}
}

void
rows_take_follows(const PGresult *result, struct hub *hub)
{
	for (int row = 0; row < PQntuples(result); row++)
		if (!PQgetisnull(result, row, FOLLOWS_TOPIC))
			hub_lose_follow(hub, get_text(result, row, FOLLOWS_USER),
			    PQgetvalue(result, row, FOLLOWS_TOPIC));
}

static void
deliver_page(const struct reading *reading, const char *address)
{
	if (reading->page->count > 0)
		hub_deliver_page(reading->hub, address, reading->page);
	page_clear(reading->page);
}

static void
take_event(const struct reading *reading, int row)
{
	const PGresult *result = reading->result;
	const char *address = PQgetvalue(result, row, READ_ADDRESS);
	struct span data = { PQgetvalue(result, row, READ_DATA),
		(size_t)PQgetlength(result, row, READ_DATA) };
	int64_t seq = get_integer(result, row, READ_SEQ, 0);
	int64_t prev = get_integer(result, row, READ_PREV, seq - 1);
	int64_t created_at_us = get_integer(result, row, READ_CREATED, 0);
	int32_t unread_count = (int32_t)get_integer(result, row, READ_UNREAD, 0);
	const char *type = PQgetvalue(result, row, READ_TYPE);

	reading->page->is_of_topic = address_is_topic(address);
	if (strcmp(type, "more") == 0)
		hub_ring_more(reading->hub, address);
	else if (strcmp(type, "cut") == 0)
		question_cut(reading->hub, address);
	else if (strcmp(type, "reset") == 0)
		hub_deliver_reset(reading->hub, address, seq, data, unread_count);
	else if (page_add_event(reading->page, prev, seq, type, data, unread_count)) {
		if (hub_is_news(reading->hub, address, seq))
			metrics_observe_delivery(
			    reading->metrics, (double)(timestamp_now() - created_at_us) / 1e6);
	} else /* the page is full, or somebody deleted from the log: ask again from here */
		(void)hub_ring(reading->hub, span_of(address), HUB_RING_ALL);
}

static void
observe_result(const PGresult *result, struct metrics *metrics)
{
	size_t events = 0, bytes = 0;

	for (int row = 0; row < PQntuples(result); row++) {
		events += !PQgetisnull(result, row, READ_SEQ);
		bytes += (size_t)PQgetlength(result, row, READ_DATA);
	}
	metrics_observe_result(metrics, events, bytes);
}

/* Rows come ordered by address; a page is complete where the next one begins. */
void
rows_take_read(const PGresult *result, struct hub *hub, struct page *page, struct metrics *metrics)
{
	const struct reading reading = { result, hub, page, metrics };
	const char *address = NULL;

	observe_result(result, metrics);
	for (int row = 0; row < PQntuples(result); row++) {
		const char *next = PQgetvalue(result, row, READ_ADDRESS);

		if (address != NULL && strcmp(address, next) != 0)
			deliver_page(&reading, address);
		address = next;
		take_event(&reading, row);
	}
	if (address != NULL)
		deliver_page(&reading, address);
}

/* One address: its only row has no event, or its events follow one another.  Whether it has streams
 * here. */
static bool
take_found(const struct reading *reading, int row, int end)
{
	const char *address = PQgetvalue(reading->result, row, READ_ADDRESS);
	bool is_here;

	if (PQgetisnull(reading->result, row, READ_SEQ))
		return hub_ring(reading->hub, span_of(address), HUB_RING_EVENTS);
	for (; row < end; row++)
		take_event(reading, row);
	if (reading->page->count == 0)
		return hub_ring(reading->hub, span_of(address), HUB_RING_EVENTS);
	is_here = hub_deliver_news(reading->hub, address, reading->page);
	page_clear(reading->page);
	return is_here;
}

/* Addresses that are found get their events, or are rung, before the berth learns of the look.  The
 * first row is about the look itself. */
void
rows_take_look(const PGresult *result, struct hub *hub, struct page *page, struct metrics *metrics,
    struct berth *berth, struct tally *tally)
{
	const struct reading reading = { result, hub, page, metrics };
	int count = PQntuples(result), next;

	for (int row = 1; row < count; row = next) {
		const char *address = PQgetvalue(result, row, READ_ADDRESS);

		for (next = row + 1; next < count; next++)
			if (strcmp(PQgetvalue(result, next, READ_ADDRESS), address) != 0)
				break;
		tally_note(tally, take_found(&reading, row, next));
	}
	/* Where looks see nothing, everybody is read at the floor. */
	if (is_true(result, 0, LOOK_EVERYBODY) && !PQgetisnull(result, 0, LOOK_SEEN))
		hub_ring_all(hub, HUB_RING_EVENTS);
	berth_finish_look(berth, get_text(result, 0, LOOK_SEEN),
	    get_integer(result, 0, LOOK_TRANSACTIONS, 0), is_true(result, 0, LOOK_BERTH),
	    clock_steady_us());
}
