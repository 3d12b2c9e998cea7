/*
 * A stream may end while it is given something, and be the last of its
 * address: so each loop knows the next before, and what is gone is freed after this turn.
 */
#include "cgi/stream/audience/delivery.h"

#include "cgi/stream/audience/client_page.h"
#include "common/clock.h"

/* --- reading --------------------------------------------------------------- */

/* The lowest number that a stream has of those that can take events; INT64_MAX: none can. */
static int64_t
find_lowest(const struct address *address)
{
	bool is_topic = address_topic(address) != NULL;
	int64_t lowest = INT64_MAX;
	const struct subscription *at;

	LIST_FOREACH (at, &address->subscriptions, of_address) {
		if (!client_wants_events(at->client))
			at->client->misses_topics |= is_topic;
		else if (at->seq < lowest)
			lowest = at->seq;
	}
	return lowest;
}

size_t
delivery_take(struct addresses *addresses, struct array *names, struct array *seqs)
{
	struct inquiry_item *item;

	while ((item = inquiry_take(&addresses->to_read)) != NULL) {
		struct address *address = address_of_item(item);

		address->asked_seq = find_lowest(address);
		if (address->asked_seq == INT64_MAX) {
			inquiry_remove(&addresses->to_read, item); /* it rings when it can */
			continue;
		}
		array_add_text(names, address_name(address));
		array_add_integer(seqs, address->asked_seq);
	}
	return addresses->to_read.asked_count;
}

/* --- what was read --------------------------------------------------------- */

void
delivery_send_page(struct address *address, struct page *page)
{
	static struct tails tails;
	struct subscription *at, *next;

	if (page_is_full(page))
		address_ring_more(address);
	if (page_last_seq(page) > address->delivered_seq)
		address->delivered_seq = page_last_seq(page);
	for (at = LIST_FIRST(&address->subscriptions); at != NULL; at = next) {
		next = LIST_NEXT(at, of_address);
		client_send_page(at, page, &tails);
	}
	tails_clear(&tails);
}

void
delivery_send_news(struct address *address, struct page *page)
{
	const struct subscription *at;

	delivery_send_page(address, page);
	LIST_FOREACH (at, &address->subscriptions, of_address)
		if (client_wants_events(at->client) && at->seq < page_last_seq(page))
			address_ring(address);
}

void
delivery_send_reset(struct address *address, int64_t seq, struct span data, int32_t unread_count)
{
	struct subscription *at, *next;

	address->delivered_seq = seq;
	address_ring(address); /* its other streams may stand where all is well */
	for (at = LIST_FIRST(&address->subscriptions); at != NULL; at = next) {
		next = LIST_NEXT(at, of_address);
		if (client_wants_events(at->client) &&
		    (at->seq == address->asked_seq || at->seq > seq))
			client_send_reset(at, data, seq, unread_count);
	}
}

/* --- signs of life --------------------------------------------------------- */

void
delivery_beat(
    struct subscription_list *subscriptions, void (*send)(struct client *client, struct beat *beat))
{
	struct beat beat = { 0 };
	struct subscription *at, *next;

	for (at = LIST_FIRST(subscriptions); at != NULL; at = next) {
		next = LIST_NEXT(at, of_address);
		send(at->client, &beat);
	}
	beat_clear(&beat);
}

bool
delivery_sound(struct address *address)
{
	int64_t now_ms = clock_steady_ms();

	if (now_ms - address->sounded_at_ms < DELIVERY_SOUNDING_PAUSE_MS)
		return false;
	address->sounded_at_ms = now_ms;
	delivery_beat(&address->subscriptions, client_sound);
	return true;
}
