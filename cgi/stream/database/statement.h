/*
 * The statements of the reader: their SQL and the columns that they return,
 * and how they are sent, in pipeline mode and without a sync.
 */
#ifndef PGBELL_STATEMENT_H
#define PGBELL_STATEMENT_H

#include <libpq-fe.h>
#include <stdbool.h>

/* The way to PostgreSQL: directly, or through a pooler. */
struct statement_way {
	bool prepare; /* statements can be prepared */
	bool pooled;  /* each transaction may be in another session: nothing is left behind */
};

/* Send one; false where libpq does not take it, which has told the connection why. */
bool statement_send_setup(PGconn *connection, const struct statement_way *way, int timeout_ms);

/*
 * The time that the next statement may take, and wait for a lock; both end with
 * its sync.  writes: whether it changes anything.  A shared connection is given all
 * else with it that it needs.
 */
bool statement_send_limits(
    PGconn *connection, const struct statement_way *way, bool writes, int timeout_ms, int lock_ms);

/* The same for a statement without limits, on a shared connection. */
bool statement_send_isolation(PGconn *connection, bool pooled);

/* Parameters: tokens, tickets, last event ids, topics; arrays of one length. */
bool statement_send_open(PGconn *connection, bool prepare, const char *const values[4]);
enum open_column {
	OPEN_ORD,
	OPEN_USER,
	OPEN_SESSION,
	OPEN_EXPIRES,
	OPEN_LEFT,
	OPEN_OPERATOR,
	OPEN_SEQ,
	OPEN_UNREAD,
	OPEN_RESET,
	OPEN_LEAPT,
	OPEN_FOLLOWS
};

/* Parameters: tokens, sessions, people, commands, numbers, topics; arrays of one length. */
bool statement_send_errands(PGconn *connection, bool prepare, const char *const values[6]);
enum errand_column { ERRAND_ORD, ERRAND_STATUS, ERRAND_BODY };

/* Parameters: addresses, their seqs, events an address at most, bytes of them all at most. */
bool statement_send_read(PGconn *connection, bool prepare, const char *const values[4]);
enum read_column {
	READ_ADDRESS,
	READ_SEQ,
	READ_TYPE,
	READ_DATA,
	READ_UNREAD,
	READ_CREATED,
	READ_PREV
};

/* Its first columns are those of a read. */
struct look_values {
	const char *seen; /* by the last look, or NULL */
	int berth, pid;   /* a berth, or 0, and whose it ought to be */
	int events_max;   /* that are looked for */
	int few_max;      /* that are told rather than whose logs they are in */
};
bool statement_send_look(PGconn *connection, bool prepare, const struct look_values *look);
enum look_column { LOOK_SEEN = READ_PREV + 1, LOOK_EVERYBODY, LOOK_TRANSACTIONS, LOOK_BERTH };

/* Parameters: sessions, their known ends. */
bool statement_send_check(PGconn *connection, bool prepare, const char *const values[2]);
enum check_column { CHECK_SESSION, CHECK_REASON, CHECK_EXPIRES, CHECK_LEFT };

/* Parameters: users, NULL for a visitor, and the topic that each follows. */
bool statement_send_follows(PGconn *connection, bool prepare, const char *const values[2]);
enum follows_column { FOLLOWS_USER, FOLLOWS_TOPIC };

/* The settings of trims. */
struct statement_keeping {
	int every_s;    /* from one trim to the next; 0: none */
	int event_days; /* how long events are kept */
	int read_days;  /* and notifications that were read; 0: for ever */
};

/* Returns one truth: whether there may be more to trim than one statement takes. */
bool statement_send_trim(PGconn *connection, const struct statement_keeping *keeping, int rows_max);

/* In how many milliseconds something is due next, null: nothing is; the newest announcement. */
bool statement_send_due(PGconn *connection, int rows_max);
enum due_column { DUE_IN_MS, DUE_ANNOUNCEMENT };

/* Parameter: people.  How many have taken what was announced; how many others have in hand. */
bool statement_send_announce(PGconn *connection, const char *people);
enum announce_column { ANNOUNCE_TAKEN, ANNOUNCE_BUSY };

/* Returns SAME_DATABASE_COLUMNS. */
bool statement_send_locate(PGconn *connection);

/* A field of an error (PG_DIAG_...); "" where it has none. */
const char *statement_get_error(const PGresult *result, int field);

#endif
