/*
 * The input of a FastCGI request behind its parameters: standard input, which
 * is passed over, or an abort (FastCGI Specification sections 5.3, 5.4).  Pure.
 */
#ifndef PGBELL_FASTCGI_INPUT_H
#define PGBELL_FASTCGI_INPUT_H

#include "common/fastcgi.h"

/* All zeroes but for the first two is one of which nothing has come. */
struct fastcgi_input {
	struct fastcgi_decoder decoder; /* where the reading of records stands */
	uint16_t request_id;
	bool has_ended;
};

/* Take some more of it; false where the web server aborts the request, or talks nonsense. */
bool fastcgi_input_take(struct fastcgi_input *input, struct span bytes)
    __attribute__((warn_unused_result));

#endif
