/*
 * Whether the listener and the reader are in the same database: whether what
 * is listened for is what is read.  PGBELL_LISTEN_URL may name another, and its
 * canaries come back all the same.
 *
 * Knows no connection: each side tells what it was told by its server.  All
 * zeroes is a process whose sides have told nothing yet.
 */
#ifndef PGBELL_SAME_DATABASE_H
#define PGBELL_SAME_DATABASE_H

#include <stdbool.h>

#define SAME_DATABASE_BYTES 64 /* of a database's name, its end included, as in PostgreSQL */

/*
 * The columns to ask a server for: the database, and when the server was started, to the
 * microsecond, by which it is told from any other: also from a copy of its data.
 */
#define SAME_DATABASE_COLUMNS \
	"pg_catalog.current_database(), extract(epoch from pg_catalog.pg_postmaster_start_time())"

struct same_database {
	char database[SAME_DATABASE_BYTES], server[SAME_DATABASE_BYTES]; /* the listener's */
	bool is_known;                                                   /* these are */
	bool is_wanted;                                                  /* the reader's */
	int differences; /* that the reader's answers made, in a row */
	bool are_apart;
};

/* The listener has told, so the reader is to be asked; or the listener is gone. */
void same_database_take_listener(
    struct same_database *same_database, const char *database, const char *server);
void same_database_lose_listener(struct same_database *same_database);

/* The reader has answered; logs when the two turn out to be apart, and together again. */
void same_database_take_reader(
    struct same_database *same_database, const char *database, const char *server);

#endif
