/* Three lists, and a state so that nothing stands in two of them. */
#include "cgi/stream/audience/inquiry.h"

void
inquiry_init(struct inquiry *inquiry, size_t most)
{
	*inquiry = (struct inquiry){ .most = most, .batch = most };
	TAILQ_INIT(&inquiry->waiting);
	TAILQ_INIT(&inquiry->more);
	TAILQ_INIT(&inquiry->asked);
}

/* --- one item -------------------------------------------------------------- */

/* Take it off the list that it stands in, if any. */
static void
leave(struct inquiry *inquiry, struct inquiry_item *item)
{
	switch (item->state) {
	case INQUIRY_IDLE: return;
	case INQUIRY_WAITING:
		TAILQ_REMOVE(&inquiry->waiting, item, others);
		inquiry->waiting_count--;
		break;
	case INQUIRY_MORE:
		TAILQ_REMOVE(&inquiry->more, item, others);
		inquiry->more_count--;
		break;
	default:
		TAILQ_REMOVE(&inquiry->asked, item, others);
		inquiry->asked_count--;
		break;
	}
	item->state = INQUIRY_IDLE;
}

static void
wait_last(struct inquiry *inquiry, struct inquiry_item *item, bool is_more)
{
	item->state = is_more ? INQUIRY_MORE : INQUIRY_WAITING;
	TAILQ_INSERT_TAIL(is_more ? &inquiry->more : &inquiry->waiting, item, others);
	*(is_more ? &inquiry->more_count : &inquiry->waiting_count) += 1;
}

/* In the row that it was taken from. */
static void
wait_first(struct inquiry *inquiry, struct inquiry_item *item)
{
	item->state = item->was_more ? INQUIRY_MORE : INQUIRY_WAITING;
	TAILQ_INSERT_HEAD(item->was_more ? &inquiry->more : &inquiry->waiting, item, others);
	*(item->was_more ? &inquiry->more_count : &inquiry->waiting_count) += 1;
}

void
inquiry_add(struct inquiry *inquiry, struct inquiry_item *item)
{
	if (item->state == INQUIRY_IDLE)
		wait_last(inquiry, item, false);
	else if (item->state == INQUIRY_ASKED)
		item->state = INQUIRY_ASKED_AGAIN;
}

void
inquiry_add_more(struct inquiry *inquiry, struct inquiry_item *item)
{
	if (item->state == INQUIRY_IDLE)
		wait_last(inquiry, item, true);
	else if (item->state == INQUIRY_ASKED || item->state == INQUIRY_ASKED_AGAIN)
		item->state = INQUIRY_ASKED_MORE;
}

void
inquiry_remove(struct inquiry *inquiry, struct inquiry_item *item)
{
	leave(inquiry, item);
}

/* --- a batch --------------------------------------------------------------- */

bool
inquiry_is_wanted(const struct inquiry *inquiry)
{
	return inquiry->waiting_count + inquiry->more_count > 0;
}

bool
inquiry_is_full(const struct inquiry *inquiry)
{
	return inquiry->waiting_count >= inquiry->batch || inquiry->more_count > 0;
}

struct inquiry_item *
inquiry_take(struct inquiry *inquiry)
{
	bool is_turn_of_more = inquiry->asked_count % (INQUIRY_OTHERS + 1) == INQUIRY_OTHERS;
	struct inquiry_item *waiting = TAILQ_FIRST(&inquiry->waiting);
	struct inquiry_item *more = TAILQ_FIRST(&inquiry->more);
	struct inquiry_item *item =
	    waiting == NULL || (is_turn_of_more && more != NULL) ? more : waiting;

	if (item == NULL || inquiry->asked_count == inquiry->batch)
		return NULL;
	leave(inquiry, item);
	item->state = INQUIRY_ASKED;
	item->was_more = item == more;
	TAILQ_INSERT_TAIL(&inquiry->asked, item, others);
	inquiry->asked_count++;
	return item;
}

void
inquiry_finish(struct inquiry *inquiry)
{
	struct inquiry_item *item;

	inquiry->batch = 2 * inquiry->batch < inquiry->most ? 2 * inquiry->batch : inquiry->most;
	while ((item = TAILQ_FIRST(&inquiry->asked)) != NULL) {
		enum inquiry_state state = item->state;

		leave(inquiry, item);
		if (state != INQUIRY_ASKED)
			wait_last(inquiry, item, state == INQUIRY_ASKED_MORE);
	}
}

void
inquiry_cut(struct inquiry *inquiry, struct inquiry_item *item)
{
	struct inquiry_item *last;

	if (item == NULL || item->state < INQUIRY_ASKED)
		item = TAILQ_FIRST(&inquiry->asked);
	while ((last = TAILQ_LAST(&inquiry->asked, inquiry_items)) != NULL) {
		leave(inquiry, last);
		wait_first(inquiry, last);
		if (last == item)
			return;
	}
}

void
inquiry_return(struct inquiry *inquiry)
{
	if (inquiry->asked_count > 0)
		inquiry->batch = (inquiry->asked_count + 1) / 2;
	inquiry_cut(inquiry, NULL);
}
