/*
 * How PostgreSQL's error codes become HTTP statuses.
 */
#ifndef PGBELL_API_SQLSTATE_H
#define PGBELL_API_SQLSTATE_H

#include <stdbool.h>

/* The HTTP status for a five-character SQLSTATE; 500 for one that is not in the table. */
int sqlstate_to_status(const char *sqlstate);

/* Whether pgbell's own SQL raised it (PBnnn): then its message is meant for the client. */
bool sqlstate_is_ours(const char *sqlstate);

/*
 * Whether an application's authenticate() may have raised it for a token, as pgbell.identify(1)
 * sees it: not what is of locks, time, rights or the server.  Nor where that token has been refused
 * already.
 */
bool sqlstate_may_be_of_token(const char *sqlstate);

/*
 * Whether a prepared statement is gone or out of date on the server, because of a
 * pooler in between or an upgrade of the functions: a new connection may succeed.
 */
bool sqlstate_is_stale(const char *sqlstate);

/* Whether a lock that another transaction holds could not be taken in time. */
bool sqlstate_is_of_lock(const char *sqlstate);

/* Whether the server ended the connection, and did not do what it was asked. */
bool sqlstate_is_shutdown(const char *sqlstate);

#endif
