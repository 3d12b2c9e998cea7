/*
 * What a page asks of pgbell-api, asked at the public address: who is signed in, the
 * list, a mark and its undoing.
 */
#ifndef PGBELL_DOCTOR_API_H
#define PGBELL_DOCTOR_API_H

#include <stdbool.h>

#include "deploy/doctor/visit.h"

/* The health that a worker tells of itself; false when none answers as it should. */
bool api_check_worker(const struct site *site);

/* Whether requests for a topic's log come to the workers as well. */
void api_check_topics(const struct site *site);

/*
 * The person's list.  Says whose the token is (visit->person); false, with the
 * finding, when the site does not know it.
 */
bool api_check_list(struct visit *visit);

/* A new row is in the list, is marked read, and unread again; nobody else is shown it. */
void api_check_changes(struct visit *visit);

#endif
