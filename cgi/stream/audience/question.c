/* The differences from question to question stand here, and nowhere else. */
#include "cgi/stream/audience/question.h"

#include "cgi/stream/audience/delivery.h"
#include "cgi/stream/audience/hub_state.h"

static struct inquiry *
find_inquiry(struct hub *hub, enum question question)
{
	switch (question) {
	case QUESTION_EVENTS: return &hub->addresses.to_read;
	case QUESTION_FOLLOWS: return &hub->addresses.to_check;
	default: return &hub->sessions.inquiry;
	}
}

bool
question_is_wanted(const struct hub *hub, enum question question)
{
	return inquiry_is_wanted(find_inquiry((struct hub *)hub, question));
}

bool
question_is_full(const struct hub *hub, enum question question)
{
	return inquiry_is_full(find_inquiry((struct hub *)hub, question));
}

size_t
question_take(struct hub *hub, enum question question, struct batch *batch)
{
	struct array *ids = &batch->arrays[QUESTION_IDS], *known = &batch->arrays[QUESTION_KNOWN];

	batch_reset(batch);
	switch (question) {
	case QUESTION_EVENTS: return delivery_take(&hub->addresses, ids, known);
	case QUESTION_FOLLOWS: return follow_check_take(&hub->follow_check, ids, known);
	default: return sessions_take(&hub->sessions, ids, known);
	}
}

void
question_finish(struct hub *hub, enum question question)
{
	if (question == QUESTION_FOLLOWS)
		follow_check_finish(&hub->follow_check);
	else
		inquiry_finish(find_inquiry(hub, question));
}

void
question_return(struct hub *hub, enum question question)
{
	if (question == QUESTION_FOLLOWS)
		follow_check_return(&hub->follow_check);
	else
		inquiry_return(find_inquiry(hub, question));
}

bool
question_knows_of_more(const struct hub *hub)
{
	const struct inquiry_item *item = TAILQ_FIRST(&hub->addresses.to_read.asked);

	return item != NULL && item->was_more;
}

void
question_cut(struct hub *hub, const char *address)
{
	struct address *found = address_find(&hub->addresses, span_of(address));

	inquiry_cut(&hub->addresses.to_read, found == NULL ? NULL : &found->item);
}

/* --- no answer -------------------------------------------------------------- */

static void
send_away_followers(struct address *address, const struct retry *retry)
{
	struct subscription *at, *next;

	for (at = LIST_FIRST(&address->subscriptions); at != NULL; at = next) {
		next = LIST_NEXT(at, of_address);
		client_send_away(at->client, retry_choose_ms(retry), CLOSE_UNREADABLE);
	}
}

static void
send_away_session(struct session *session, const struct retry *retry)
{
	struct client *client, *next;

	for (client = LIST_FIRST(&session->clients); client != NULL; client = next) {
		next = LIST_NEXT(client, of_session);
		client_send_away(client, retry_choose_ms(retry), CLOSE_UNREADABLE);
	}
}

void
question_end(struct hub *hub, enum question question, const struct retry *retry)
{
	struct inquiry *inquiry = find_inquiry(hub, question);
	struct inquiry_item *item;

	while ((item = TAILQ_FIRST(&inquiry->asked)) != NULL) {
		inquiry_remove(inquiry, item);
		if (question == QUESTION_EVENTS)
			send_away_followers(address_of_item(item), retry);
		else
			send_away_session(session_of_item(item), retry);
	}
}
