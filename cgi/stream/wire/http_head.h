/*
 * The head of one HTTP/1.1 request (RFC 9112), as a proxy sends it to the door
 * of sockets: its bytes as they come in, then its fields.  Knows no socket; its
 * only resource is the head's buffer.
 *
 * Read strictly: a head that two readers might understand in two ways is
 * refused.
 */
#ifndef PGBELL_HTTP_HEAD_H
#define PGBELL_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "common/span.h"

struct http_head {
	char *bytes; /* owned */
	size_t length, capacity;
	size_t most; /* bytes of the head; set before the first is fed */
	struct span method, target, fields;
	unsigned minor; /* of HTTP/1.minor */
};

/* All zeroes but for most is one that has not begun. */

enum http_head_outcome {
	HTTP_HEAD_WANTS_MORE,
	HTTP_HEAD_READY,
	HTTP_HEAD_TOO_LONG,
	HTTP_HEAD_MALFORMED,
};

/*
 * Feed bytes; the input is moved past what was used, which when the head is
 * ready ends with its empty line.  Nothing is fed after any other outcome than
 * WANTS_MORE.  Out of memory ends the process.
 */
enum http_head_outcome http_head_feed(struct http_head *head, struct span *input)
    __attribute__((warn_unused_result));

/*
 * Take fields off rest, which begins as head.fields, up to and with the next of
 * this name, in any case; its value is as it stands there, without the white
 * space around it, and points into the head.  False where there is none.
 */
bool http_head_next(struct span *rest, const char *name, struct span *value);

/*
 * The value of a field that may stand there once; empty where it is absent.
 * False where it stands there more than once.
 */
bool http_head_find(const struct http_head *head, const char *name, struct span *value);

/* Whether a field that is a list of words (RFC 9110 section 5.6.1) has this one, in any case. */
bool http_head_lists(const struct http_head *head, const char *name, const char *word);

/* Release what the head owns; may be called twice. */
void http_head_clear(struct http_head *head);

#endif
