/*
 * Delivery: what a read of addresses is asked from, and what it brings to
 * the streams that follow them; and the signs of life in between.
 */
#ifndef PGBELL_DELIVERY_H
#define PGBELL_DELIVERY_H

#include <stdbool.h>

#include "cgi/stream/audience/address.h"
#include "cgi/stream/audience/client.h"
#include "cgi/stream/events/page.h"
#include "cgi/stream/parts/array.h"

#define DELIVERY_SOUNDING_PAUSE_MS 20 /* between two soundings of an address */

/*
 * Take rung addresses for a read, as many as it may be of, and put those
 * that have a stream that can take events into the batch, each with the lowest number
 * that such a stream has.  Returns how many these are.
 */
size_t delivery_take(struct addresses *addresses, struct array *names, struct array *seqs);

/* Give its streams a page that a look has found; the address is rung where the page does not reach
 * a stream, because something is missing in between. */
void delivery_send_news(struct address *address, struct page *page);

/* Give its streams what a read has found: a page; or that they must start anew from seq. */
void delivery_send_page(struct address *address, struct page *page);
void delivery_send_reset(
    struct address *address, int64_t seq, struct span data, int32_t unread_count);

/* Send each of these streams a heartbeat, by client_send_heartbeat() or client_sound(). */
void delivery_beat(struct subscription_list *subscriptions,
    void (*send)(struct client *client, struct beat *beat));

/* Sound each of its streams, unless that was done a moment ago.  Whether it was now. */
bool delivery_sound(struct address *address);

#endif
