/*
 * Checks from outside: what a browser would see at the public address, from the
 * row that is inserted to the byte that arrives.
 */
#ifndef PGBELL_DOCTOR_OUTSIDE_H
#define PGBELL_DOCTOR_OUTSIDE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#define OUTSIDE_LOGS_MAX 32

struct outside {
	const char *url;    /* of the site, without a path */
	const char *token;  /* of a person who is signed in; NULL: a session of our own */
	const char *cookie; /* its name, as browsers send it */
	bool quick;         /* do not wait for a heartbeat */
	const char *logs[OUTSIDE_LOGS_MAX]; /* of the web server */
	size_t log_count;
};

/* connection may be NULL: then only what needs no row is looked at. */
void outside_check(PGconn *connection, const struct outside *outside);

#endif
