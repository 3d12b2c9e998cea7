/*
 * A FastCGI request of a responder, put together from records as they come
 * in: its id and its parameters (FastCGI Specification sections 5.1-5.3, 6.2).
 * Knows no socket; its only resource is the parameters' buffer.
 */
#ifndef PGBELL_FASTCGI_REQUEST_H
#define PGBELL_FASTCGI_REQUEST_H

#include "common/fastcgi.h"

#define FASTCGI_PARAMS_MAX 65536 /* bytes, unless told less; nginx itself sends no more */
#define FASTCGI_CONTROL_MAX 128  /* bytes of such a record that are looked at */

struct fastcgi_request {
	struct fastcgi_decoder decoder;
	struct fastcgi_header header; /* of the record that is coming in */
	uint16_t id;
	bool begun;
	uint8_t control[FASTCGI_CONTROL_MAX]; /* content of a BEGIN or management record */
	size_t control_length;
	char *params; /* owned */
	size_t params_length, params_capacity;
	size_t params_max;                    /* may be set lower before the first byte */
	uint8_t answer[FASTCGI_ANSWER_BYTES]; /* what to send back now, if anything */
	size_t answer_length;
};

enum fastcgi_outcome {
	FASTCGI_WANTS_MORE,
	FASTCGI_WANTS_ANSWER,  /* send answer[0..answer_length) and go on feeding */
	FASTCGI_REQUEST_READY, /* the parameters are complete; what follows is standard input */
	FASTCGI_REQUEST_ABORTED,
	FASTCGI_WRONG_ROLE, /* not a responder: end it with UNKNOWN_ROLE */
	FASTCGI_PARAMS_TOO_LONG,
	FASTCGI_BROKEN, /* malformed: close the connection */
};

/* Make an empty request with params_max at FASTCGI_PARAMS_MAX. */
void fastcgi_request_init(struct fastcgi_request *request);

/*
 * Feed bytes; the input is moved past what was used.  After WANTS_ANSWER
 * call again with the rest.  Nothing is fed after any other outcome than
 * these two.  Out of memory ends the process.
 */
enum fastcgi_outcome fastcgi_request_feed(struct fastcgi_request *request, struct span *input);

/* The value of a parameter, empty where it is absent; points into the request. */
struct span fastcgi_request_param(const struct fastcgi_request *request, const char *name);

/* Release what the request owns; may be called twice. */
void fastcgi_request_clear(struct fastcgi_request *request);

#endif
