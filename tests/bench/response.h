/*
 * An HTTP/1.1 response as it arrives (RFC 9112): its status, and the bytes of
 * its body however they are cut.  Pure: bytes in, spans out.
 */
#ifndef PGBELL_BENCH_RESPONSE_H
#define PGBELL_BENCH_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/span.h"

#define RESPONSE_LINE_MAX 512 /* a longer line of the header is cut; none of ours matters there */

enum response_part {
	RESPONSE_STATUS,
	RESPONSE_FIELD,
	RESPONSE_SIZE, /* of a chunk */
	RESPONSE_BODY,
	RESPONSE_CHUNK_END,
	RESPONSE_DONE
};

struct response {
	enum response_part part;
	int status;   /* once the header is over */
	int64_t left; /* of the body, or of this chunk; -1: up to the connection's end */
	uint16_t line_length;
	bool is_chunked;
	bool has_header; /* the header is over */
	char line[RESPONSE_LINE_MAX];
};

/* All zeroes is a response that has not begun. */

/*
 * Take the next bytes out of input, and give a piece of the body, or an
 * empty one when input is used up or the response has ended (RESPONSE_DONE;
 * what is left in input then belongs to the next).
 */
struct span response_take(struct response *response, struct span *input);

#endif
