/*
 * The database, as the doctor sees it: one connection, found by libpq's own
 * variables, and a check a function.
 */
#ifndef PGBELL_DOCTOR_DATABASE_H
#define PGBELL_DOCTOR_DATABASE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <sys/types.h>

struct config;

/*
 * Connect as this account (peer authentication), which only root can; NULL, with the
 * finding, when that fails.  Release with PQfinish().
 */
PGconn *database_open(uid_t account);

/* Another connection, as PQconnectdbParams() with expand_dbname, as this account. */
PGconn *database_connect(uid_t account, const char *const names[], const char *const values[]);

/* Whether the process of PostgreSQL that answers is another than the one that greeted us. */
bool database_is_pooled(PGconn *connection);

/*
 * The first value of what a statement returns, in a buffer that the next call
 * uses again; NULL when there is none, or the statement failed.
 */
const char *database_ask(
    PGconn *connection, const char *statement, int count, const char *const values[]);

/* What the database said when the last database_ask() failed. */
const char *database_problem(void);

/*
 * The server: version, primary, encoding, clock, the queue (limit in percent), a pooler
 * before it.
 */
void database_check_server(PGconn *connection, uid_t account, double queue_limit);

/* Schema, roles and grants as shipped; false when there is no schema to look at further. */
bool database_check_schema(PGconn *connection);

/*
 * Whether what install.sql made still does its work: triggers, ids, rights on rows, indexes,
 * search paths, authenticate().
 */
void database_check_integrity(PGconn *connection);

/* Whether what was read goes after PGBELL_NOTIFICATION_KEEP_DAYS. */
void database_check_keeping(PGconn *connection, const struct config *config);

/* What the log, the grants and the rings show or allow to whom it is none of his. */
void database_check_exposure(PGconn *connection);

/* Whether a NOTIFY from here comes back to a listener such as pgbell-stream's. */
void database_check_listen(PGconn *connection, uid_t account);

#endif
