/*
 * How PostgreSQL's error codes become HTTP statuses.
 */
#ifndef PGBELL_API_SQLSTATE_H
#define PGBELL_API_SQLSTATE_H

#include <stdbool.h>

/* The HTTP status for a five-character SQLSTATE. */
int sqlstate_to_status(const char *sqlstate);

/* Whether pgbell's own SQL raised it, so that its message is meant for the client. */
bool sqlstate_is_ours(const char *sqlstate);

/*
 * Whether it tells that the server's memory of a prepared statement is gone
 * or stale (a pooler in between, an upgrade of the functions), so that a
 * fresh connection may do better.
 */
bool sqlstate_is_stale(const char *sqlstate);

/* Whether somebody else is in the way for a moment: a lock was not to be had in time. */
bool sqlstate_is_of_lock(const char *sqlstate);

/* Whether the server ended the connection instead of doing what it was asked. */
bool sqlstate_is_shutdown(const char *sqlstate);

#endif
