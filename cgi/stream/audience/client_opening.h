/* The opening of a client: how a stream begins, and the first events that it is sent. */
#ifndef PGBELL_CLIENT_OPENING_H
#define PGBELL_CLIENT_OPENING_H

#include "cgi/stream/audience/client.h"

/* How a stream begins with a topic. */
struct client_topic {
	const char *name;
	bool is_refused; /* it may not be followed; all else is empty then */
	int64_t seq;     /* the topic's current number */
	bool resumes;    /* events after `after` follow */
	int64_t after;
	const char *reset_reason; /* why they cannot, or NULL */
};

/* How a stream begins. */
struct client_opening {
	const char *user_id; /* NULL: a visitor; seq and unread_count are 0 */
	const char
	    *token;  /* that was shown, as the database is told of it; NULL: none, or a ticket */
	int64_t seq; /* the user's current number */
	int32_t unread_count;
	bool resumes; /* events after `after` follow */
	int64_t after;
	const char *reset_reason; /* why they cannot, or NULL */
	const struct client_topic *topics;
	size_t topic_count;
};

/*
 * Send the response's header, a time of its own to come back after, and the
 * first events: connected, reset if need be, unfollowed for topics that were refused, and
 * unread_count, which comes after the missed events where there are any.  Topics that were not are
 * followed already.
 */
void client_send_opening(struct client *client, const struct client_opening *opening);

#endif
