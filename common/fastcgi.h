/*
 * The FastCGI record layer (FastCGI Specification 1.0, sections 3-5 and 8):
 * bytes to records and back.  Pure: no socket, no allocation.
 */
#ifndef PGBELL_FASTCGI_H
#define PGBELL_FASTCGI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/span.h"

#define FASTCGI_VERSION 1
#define FASTCGI_HEADER_BYTES 8
#define FASTCGI_BEGIN_BYTES 8
#define FASTCGI_END_BYTES 16    /* an END_REQUEST record, header included */
#define FASTCGI_ANSWER_BYTES 64 /* room for any answer to a management record */

/* lighttpd passes a record on only when it has all of it: keep records small. */
#define FASTCGI_CONTENT_MAX 16384

enum fastcgi_type {
	FASTCGI_BEGIN_REQUEST = 1,
	FASTCGI_ABORT_REQUEST = 2,
	FASTCGI_END_REQUEST = 3,
	FASTCGI_PARAMS = 4,
	FASTCGI_STDIN = 5,
	FASTCGI_STDOUT = 6,
	FASTCGI_STDERR = 7,
	FASTCGI_DATA = 8,
	FASTCGI_GET_VALUES = 9,
	FASTCGI_GET_VALUES_RESULT = 10,
	FASTCGI_UNKNOWN_TYPE = 11,
};

enum fastcgi_role { FASTCGI_RESPONDER = 1 };

enum fastcgi_protocol_status {
	FASTCGI_REQUEST_COMPLETE = 0,
	FASTCGI_CANT_MPX_CONN = 1,
	FASTCGI_OVERLOADED = 2,
	FASTCGI_UNKNOWN_ROLE = 3,
};

struct fastcgi_header {
	uint8_t type;
	uint8_t padding_length;
	uint16_t request_id;
	uint16_t content_length;
};

/*
 * The decoder's state between two reads of a connection.  All zeroes is the start
 * of a record; nothing needs to be released.
 */
struct fastcgi_decoder {
	uint8_t raw[FASTCGI_HEADER_BYTES]; /* the header as far as it has come */
	uint8_t raw_length;
	uint8_t padding_left;
	uint16_t content_left;
	bool in_record;
};

enum fastcgi_step {
	FASTCGI_STARVED,  /* the input is used up */
	FASTCGI_RECORD,   /* a header is complete: *header */
	FASTCGI_CONTENT,  /* some of the record's content: *content, never empty */
	FASTCGI_FINISHED, /* the record is complete, its padding passed over: *header again */
	FASTCGI_INVALID,  /* not FastCGI version 1; the connection cannot be used any more */
};

/*
 * Decode the next piece of the input and advance its start.  A record gives
 * FASTCGI_RECORD, any number of FASTCGI_CONTENT in order, FASTCGI_FINISHED.
 * content points into the input.  After FASTCGI_INVALID call it no more.
 */
enum fastcgi_step fastcgi_decode(struct fastcgi_decoder *decoder, struct span *input,
    struct fastcgi_header *header, struct span *content);

/* Write a record's header; length: of its content, without padding. */
void fastcgi_encode_header(uint8_t out[FASTCGI_HEADER_BYTES], enum fastcgi_type type,
    uint16_t request_id, uint16_t length);

/* Write a whole END_REQUEST record with application status 0 (section 5.5). */
void fastcgi_encode_end(
    uint8_t out[FASTCGI_END_BYTES], uint16_t request_id, enum fastcgi_protocol_status status);

/* Change the request id in the header of a record that was made for another request. */
void fastcgi_set_request_id(uint8_t *header, uint16_t request_id);

enum fastcgi_pair { FASTCGI_PAIR, FASTCGI_PAIRS_END, FASTCGI_PAIRS_BROKEN };

/* Take the next name-value pair from the input (section 3.4) and advance its start; both point into
 * it. */
enum fastcgi_pair fastcgi_next_pair(struct span *input, struct span *name, struct span *value);

/*
 * The answer to a management record (request id 0, section 4), header
 * included: GET_VALUES is answered for FCGI_MPXS_CONNS, which is 0 here; any
 * other type is answered UNKNOWN_TYPE.  Returns the answer's length.
 */
size_t fastcgi_answer_management(
    uint8_t type, struct span content, uint8_t out[FASTCGI_ANSWER_BYTES]);

#endif
