/*
 * A doorbell's payload: it names users, separated by single spaces.  One that
 * begins with a space is some process's canary; one that ends with a space was
 * rung while others rang.
 *
 * Pure: anybody who can connect to the database can send anything.
 */
#ifndef PGBELL_PAYLOAD_H
#define PGBELL_PAYLOAD_H

#include <stdbool.h>

#include "common/span.h"

/* Take the next user id off a payload; false at its end, and at once for a canary. */
bool payload_next_user(struct span *payload, struct span *user_id);

/* Whether a word of it is no user: something is due, which the database is asked about. */
bool payload_is_due(struct span word);

/* Whether others rang at the same time. */
bool payload_is_crowded(struct span payload);

#endif
