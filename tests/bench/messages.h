/*
 * The messages of a WebSocket as a server sends them (RFC 6455 section 5.2): frames without a mask,
 * however the bytes are cut.  Pure: bytes in, spans out.
 */
#ifndef PGBELL_BENCH_MESSAGES_H
#define PGBELL_BENCH_MESSAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "common/span.h"
#include "common/websocket.h"

struct messages {
	uint64_t left; /* of the frame whose header is whole */
	uint8_t header[WEBSOCKET_HEADER_MAX];
	uint8_t header_length;
};

/* All zeroes is a connection on which nothing has come. */

/*
 * Take the next bytes out of input, and give a piece of a text, or an empty one when input is
 * used up.  is_whole: the text ends with it.  Control frames are passed over.
 */
struct span messages_take(struct messages *messages, struct span *input, bool *is_whole);

#endif
