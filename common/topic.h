/*
 * What a topic may be called.  A name has no character that an id, a query or
 * a doorbell's payload gives a meaning to, so nothing is escaped anywhere.  The
 * SQL domain pgbell.topic says the same.
 *
 * Pure.
 */
#ifndef PGBELL_TOPIC_H
#define PGBELL_TOPIC_H

#include <stdbool.h>

#include "common/span.h"

#define TOPIC_BYTES 128 /* of a name */
#define TOPIC_MARKS "._~:/@-"
#define TOPIC_PATTERN "^[A-Za-z0-9._~:/@-]+$" /* as JSON Schema has it, but for the length */

/* Whether it is a name: 1 to TOPIC_BYTES letters and digits of ASCII and TOPIC_MARKS. */
bool topic_is_name(struct span name);

#endif
