/*
 * The request of an opening: the token or ticket that it shows, in the form for the database,
 * and the logs that it asks for.
 */
#ifndef PGBELL_OPENING_REQUEST_H
#define PGBELL_OPENING_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "cgi/stream/parts/batch.h"
#include "cgi/stream/wire/route.h"
#include "common/credentials.h"

struct opening_request {
	enum route_kind kind;
	char *identity; /* owned: what it shows, a token or a ticket; NULL: neither */
	char *topics;   /* owned: as topics_format() has them; NULL: none */
	size_t topic_count;
	struct topic_after after; /* the last number that it had of its person's log */
	bool is_ticket;
	bool is_explicit; /* as the route's */
};

/* A batch of them: a token or a ticket or neither, the last number, the topics. */
enum opening_array {
	OPENING_TOKENS,
	OPENING_TICKETS,
	OPENING_AFTERS,
	OPENING_TOPICS,
	OPENING_ARRAYS
};

/* Make one of a route; form: in which the database is told of tokens.  Out of memory ends the
 * process. */
void opening_request_init(
    struct opening_request *request, const struct route *route, enum credentials_form form);

/* Append it to a batch. */
void opening_request_add(const struct opening_request *request, struct batch *batch);

/* Whether both follow the same topics, and follow some. */
bool opening_request_is_like(
    const struct opening_request *request, const struct opening_request *other);

/* Release what it owns, and leave nothing of a secret behind; may be called twice. */
void opening_request_clear(struct opening_request *request);

#endif
