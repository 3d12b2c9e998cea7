/*
 * The start of a stream: what its request asked for and what the database
 * said of it, put together.
 *
 * Pure.
 */
#ifndef PGBELL_START_H
#define PGBELL_START_H

#include "cgi/stream/audience/client_opening.h"
#include "cgi/stream/wire/topics.h"

/* The wish of a request. */
struct start_wish {
	struct topic_after after; /* of its person's log */
	const char *topics;       /* as topics_format() has them; NULL: none */
	int64_t replay_events;    /* at most: a client that has missed more of a log gets a reset */
};

/* The answer of the database: the opening without resumes, after and topics. */
struct start_answer {
	struct client_opening opening;
	int64_t leapt;       /* numbers behind after that were never given: no events */
	const char *follows; /* what it says of the topics, as pgbell.open_follows(); or NULL */
};

struct start {
	struct client_opening opening;
	struct topics topics;
	struct client_topic of[TOPICS_MAX];
	size_t followed; /* of the topics: those that were not refused */
	size_t too_far;  /* logs of which more was missed than is replayed */
};

/*
 * Put them together; the start borrows what these do, and must stay where it is.
 * A topic of which nothing sound was said is refused.
 */
void start_decide(
    struct start *start, const struct start_wish *wish, const struct start_answer *answer);

#endif
