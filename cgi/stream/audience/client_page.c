/*
 * A stream of server-sent events that follows topics has all its numbers in
 * each id, so its ids are its own; all others share whole pages.
 */
#include "cgi/stream/audience/client_page.h"

#include "cgi/stream/events/message.h"
#include "cgi/stream/events/sse.h"

static void
count_events(const struct subscription *at, const struct page *page, size_t count)
{
	struct client *client = at->client;

	client->delivered += (uint32_t)count;
	client->rules->metrics->events_delivered += count;
	if (page->is_of_topic)
		client->rules->metrics->publications_delivered += count;
}

/* The bodies with their tails; or both in one. */
static size_t
list_parts(const struct page_bodies *bodies, size_t first, const struct tails *tails,
    struct frame_part parts[PAGE_EVENTS_MAX])
{
	if (tails->have_events) {
		parts[0] =
		    (struct frame_part){ .frame = tails->frame, .to = tails->starts[tails->count] };
		return 1;
	}
	for (size_t i = 0; i < tails->count; i++)
		parts[i] =
		    (struct frame_part){ bodies->frame, tails->frame, bodies->starts[first + i],
			    bodies->starts[first + i + 1], tails->starts[i], tails->starts[i + 1] };
	return tails->count;
}

/* To a stream that follows topics: each event with a tail of its own. */
static void
send_bodies(
    struct subscription *at, struct page *page, size_t first, bool tells_count, struct tails *tails)
{
	struct client *client = at->client;
	const struct page_bodies *bodies = page_bodies(page, client->form);
	const struct numbers numbers = client_numbers(client);
	struct frame_part parts[PAGE_EVENTS_MAX + 1];
	char id[TOPICS_ID_BYTES];
	size_t gap, length = numbers_format_id(&numbers, at, id, &gap), count;

	tails_make(tails, page, client->form, first, (struct span){ id, gap },
	    (struct span){ id + gap, length - gap });
	at->seq = page->seqs[first + tails->count];
	count_events(at, page, tails->count);
	count = list_parts(bodies, first, tails, parts);
	if (at->seq != page_last_seq(page)) {
		client->owes_count |= tells_count;
		address_ring_more(at->address);
	} else if (tells_count)
		parts[count++] = (struct frame_part){ .frame = bodies->frame,
			.from = bodies->starts[page->count],
			.to = bodies->starts[page->count + 1] };
	client_send_parts(client, parts, count);
}

/* To all others, events and ids in one. */
static void
send_whole(struct subscription *at, struct page *page, size_t first, bool tells_count)
{
	enum frame_form form = at->client->form;
	struct frame *frame = page_frame(page, form, tells_count || page->is_of_topic);
	const struct frame_part part = {
		.frame = frame, .from = (uint32_t)page_start(page, form, first), .to = frame->length
	};

	at->seq = page_last_seq(page);
	count_events(at, page, page->count - first);
	client_send_parts(at->client, &part, 1);
}

void
client_send_page(struct subscription *at, struct page *page, struct tails *tails)
{
	struct client *client = at->client;
	size_t first = page_find_next(page, at->seq);
	bool tells_count;

	client->misses_topics |= page->is_of_topic && !client_wants_events(client);
	if (!client_wants_events(client) || first == page->count)
		return;
	tells_count = !page->is_of_topic &&
		      (client->owes_count || page->unread_count != client->unread_count);
	if (!page->is_of_topic) {
		client->unread_count = page->unread_count;
		client->owes_count = false;
	}
	if (client_has_tails(client)) {
		send_bodies(at, page, first, tells_count, tails);
	} else {
		send_whole(at, page, first, tells_count);
	}
}

void
client_send_reset(struct subscription *at, struct span data, int64_t seq, int32_t unread_count)
{
	struct client *client = at->client;
	bool is_of_person = at == &client->person;
	struct frame_builder builder = { .form = client->form };
	struct frame *frame;

	at->seq = seq;
	client->rules->metrics->resets++;
	if (client_has_tails(client)) {
		frame_add_event(&builder, SSE_OPEN_END, "reset", data);
		client_add_id(client, &builder);
	} else {
		frame_add_event(&builder, is_of_person ? seq : SSE_NO_ID, "reset", data);
	}
	if (is_of_person) {
		client->unread_count = unread_count;
		client->owes_count = false;
		message_add_unread_count(&builder, seq, unread_count);
	}
	frame = frame_finish(&builder);
	client_send(client, frame);
	frame_release(frame);
}
