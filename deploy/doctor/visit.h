/*
 * A visit to the site: by a person who is made for it and of whom nothing is left when
 * it ends, or as somebody who is signed in (--token).
 */
#ifndef PGBELL_DOCTOR_VISIT_H
#define PGBELL_DOCTOR_VISIT_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "deploy/doctor/site.h"

#define VISIT_STREAM "/api/notifications/stream"
#define VISIT_ANSWER_MS 10000
#define VISIT_ROWS_MAX 4
#define VISIT_TEXT_MAX 512

struct visit {
	const struct site *site;
	PGconn *connection;
	char token[4200];
	char person[256];              /* "": nobody has said whose the token is */
	char origin[VISIT_TEXT_MAX];   /* of the site, as browsers name it (RFC 6454) */
	bool is_ours;                  /* the person is made for the visit */
	char rows[VISIT_ROWS_MAX][32]; /* ids of what the person was notified of */
	int row_count;
};

/*
 * Make the person and the session, or take the --token, which may be percent-encoded as a
 * cookie's value is.  False, with the finding, when
 * neither is to be had; visit_end() is fine then too.
 */
bool visit_begin(struct visit *visit, PGconn *connection, const struct site *site);

/*
 * The site does not know the token: a finding says whether that is its fault, the token's, or
 * only that authenticate() is the application's own, and cannot know whom we have made.
 */
void visit_report_unknown(const struct visit *visit);

/* Notify the person; the new row's id, or NULL when this role may not. */
const char *visit_notify(struct visit *visit);

/* Take all of it back; what stays is a finding. */
void visit_end(struct visit *visit);

#endif
