/*
 * The opening handshake of a WebSocket (RFC 6455 section 4.2): whether a
 * request may become one, and what it is answered.  Pure.
 */
#ifndef PGBELL_HANDSHAKE_H
#define PGBELL_HANDSHAKE_H

#include "cgi/stream/wire/http_head.h"
#include "common/websocket.h"

struct handshake {
	int status;         /* 101, or why not: 400 or 426 */
	const char *detail; /* of a refusal; a constant */
	char accept[WEBSOCKET_ACCEPT_BYTES];
};

/* Look at a whole head. */
void handshake_check(const struct http_head *head, struct handshake *handshake);

#endif
