/* Two lists; a state, so that nothing stands in both. */
#include "cgi/stream/inquiry.h"

void
inquiry_init(struct inquiry *inquiry, size_t most)
{
	*inquiry = (struct inquiry){ .most = most, .batch = most };
	TAILQ_INIT(&inquiry->waiting);
	TAILQ_INIT(&inquiry->asked);
}

static void
wait_last(struct inquiry *inquiry, struct inquiry_item *item)
{
	item->state = INQUIRY_WAITING;
	TAILQ_INSERT_TAIL(&inquiry->waiting, item, others);
	inquiry->waiting_count++;
}

static void
leave_asked(struct inquiry *inquiry, struct inquiry_item *item)
{
	TAILQ_REMOVE(&inquiry->asked, item, others);
	inquiry->asked_count--;
	item->state = INQUIRY_IDLE;
}

void
inquiry_add(struct inquiry *inquiry, struct inquiry_item *item)
{
	if (item->state == INQUIRY_IDLE)
		wait_last(inquiry, item);
	else if (item->state == INQUIRY_ASKED)
		item->state = INQUIRY_ASKED_AGAIN;
}

static void
leave_waiting(struct inquiry *inquiry, struct inquiry_item *item)
{
	TAILQ_REMOVE(&inquiry->waiting, item, others);
	inquiry->waiting_count--;
	item->state = INQUIRY_IDLE;
}

void
inquiry_remove(struct inquiry *inquiry, struct inquiry_item *item)
{
	if (item->state == INQUIRY_WAITING)
		leave_waiting(inquiry, item);
	else if (item->state != INQUIRY_IDLE)
		leave_asked(inquiry, item);
}

struct inquiry_item *
inquiry_take(struct inquiry *inquiry)
{
	struct inquiry_item *item = TAILQ_FIRST(&inquiry->waiting);

	if (item == NULL || inquiry->asked_count == inquiry->batch)
		return NULL;
	leave_waiting(inquiry, item);
	item->state = INQUIRY_ASKED;
	TAILQ_INSERT_TAIL(&inquiry->asked, item, others);
	inquiry->asked_count++;
	return item;
}

bool
inquiry_is_full(const struct inquiry *inquiry)
{
	return inquiry->waiting_count >= inquiry->batch;
}

void
inquiry_finish(struct inquiry *inquiry)
{
	struct inquiry_item *item;

	inquiry->batch = 2 * inquiry->batch < inquiry->most ? 2 * inquiry->batch : inquiry->most;
	while ((item = TAILQ_FIRST(&inquiry->asked)) != NULL) {
		bool again = item->state == INQUIRY_ASKED_AGAIN;

		leave_asked(inquiry, item);
		if (again)
			wait_last(inquiry, item);
	}
}

void
inquiry_return(struct inquiry *inquiry)
{
	struct inquiry_item *item;

	if (inquiry->asked_count > 0)
		inquiry->batch = (inquiry->asked_count + 1) / 2;
	while ((item = TAILQ_LAST(&inquiry->asked, inquiry_items)) != NULL) {
		leave_asked(inquiry, item);
		item->state = INQUIRY_WAITING;
		TAILQ_INSERT_HEAD(&inquiry->waiting, item, others);
		inquiry->waiting_count++;
	}
}
