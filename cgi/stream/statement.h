/*
 * The statements of the reader: how they are sent, in pipeline mode and
 * without a sync, and what their errors are of.  What they ask for and what
 * they return is in rows.h.
 */
#ifndef PGBELL_STATEMENT_H
#define PGBELL_STATEMENT_H

#include <libpq-fe.h>
#include <stdbool.h>

/* Send one; false where libpq does not take it, which has told the connection why. */
bool statement_send_setup(PGconn *connection, bool prepare, int timeout_ms);
bool statement_send_open(PGconn *connection, bool prepare, const char *const values[3]);
bool statement_send_read(PGconn *connection, bool prepare, const char *const values[5]);

/* Returns one truth: whether there may be more to trim than one statement takes. */
bool statement_send_trim(PGconn *connection, int keep_days);

/* Returns WHEREABOUTS_COLUMNS. */
bool statement_send_locate(PGconn *connection);

/* A field of an error (PG_DIAG_...); "" where it has none. */
const char *statement_get_error(const PGresult *result, int field);

/*
 * Whether it is not what was asked, but the connection: the server ends it,
 * or what was prepared on it is gone or of another shape after an upgrade.
 */
bool statement_is_of_connection(const PGresult *result);

/* Whether it is of what is read: bad data, or a function of the application's raised it. */
bool statement_is_of_data(const PGresult *result);

#endif
