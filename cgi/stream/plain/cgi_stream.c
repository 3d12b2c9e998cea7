/*
 * A plain CGI stream is a process, so it is short: it ends after a while
 * with a time to come back, as if this program were stopped, and the next
 * one goes on by its number.  One beyond the slots of this host ends as soon
 * as it has what is new.  It is no 503, from which a browser's EventSource
 * never returns: told when to come back, it polls.
 */
#include "cgi/stream/plain/cgi_stream.h"

#include <stdlib.h>

#include "cgi/stream/audience/question.h"
#include "cgi/stream/parts/timer.h"
#include "cgi/stream/plain/cgi_slot.h"
#include "cgi/stream/wire/intake.h"

static const struct retry retry_next = { 50, 500 }; /* the next one finds the slot free */

struct cgi_stream {
	struct route route;
	struct retry retry;
	struct event *lifetime_timer; /* NULL: it has no end */
	void (*on_over)(void *owner);
	void *owner;
	bool is_polled;
};

static void
on_lifetime(int descriptor, short what, void *argument)
{
	struct cgi_stream *stream = argument;

	(void)descriptor;
	(void)what;
	stream->on_over(stream->owner);
}

static void
start_lifetime(struct cgi_stream *stream, struct event_base *base, int seconds)
{
	if (seconds == 0)
		return;
	stream->lifetime_timer = timer_make(base, TIMER_ONCE, on_lifetime, stream);
	timer_set(stream->lifetime_timer, seconds * INT64_C(1000000));
}

struct cgi_stream *
cgi_stream_create(struct event_base *base, const struct config *config, char *const environment[],
    void (*on_over)(void *owner), void *owner)
{
	struct cgi_stream *stream = calloc(1, sizeof(*stream));
	const unsigned poll_ms = (unsigned)config->cgi_poll_s * 1000;
	const struct route_rules rules = { config->query_token, config->origins };

	if (stream == NULL)
		abort();
	stream->on_over = on_over;
	stream->owner = owner;
	stream->retry = retry_next;
	intake_read_environment(environment, &rules, &stream->route);
	if (stream->route.kind == ROUTE_STREAM &&
	    !cgi_slot_take(config->cgi_lock_file, config->cgi_streams)) {
		stream->is_polled = true;
		stream->retry = (struct retry){ poll_ms - poll_ms / 4, poll_ms + poll_ms / 4 };
	}
	start_lifetime(stream, base, config->cgi_lifetime_s);
	return stream;
}

const struct route *
cgi_stream_route(const struct cgi_stream *stream)
{
	return &stream->route;
}

bool
cgi_stream_is_polled(const struct cgi_stream *stream)
{
	return stream->is_polled;
}

bool
cgi_stream_is_done(
    const struct cgi_stream *stream, const struct hub *hub, const struct reader *reader)
{
	return stream->is_polled && !question_is_wanted(hub, QUESTION_EVENTS) &&
	       !reader_is_busy(reader) && peer_backlog_of_all() == 0;
}

const struct retry *
cgi_stream_retry(const struct cgi_stream *stream)
{
	return &stream->retry;
}

void
cgi_stream_close(struct cgi_stream *stream)
{
	if (stream == NULL)
		return;
	if (stream->lifetime_timer != NULL)
		event_free(stream->lifetime_timer);
	free(stream);
}
