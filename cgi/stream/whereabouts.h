/*
 * Where the two connections are: whether the database whose doorbells are
 * listened for is the one that is read.  PGBELL_LISTEN_URL may name another,
 * and its canaries come back all the same.
 *
 * Knows no connection: each side tells what it was told by its server.  All
 * zeroes is a process whose sides have told nothing yet.
 */
#ifndef PGBELL_WHEREABOUTS_H
#define PGBELL_WHEREABOUTS_H

#include <stdbool.h>

#define WHEREABOUTS_BYTES 64 /* of a database's name, its end included, as in PostgreSQL */

/*
 * What to ask a server for: the database, and when the server was started, to the
 * microsecond, by which it is told from any other: also from a copy of its data.
 */
#define WHEREABOUTS_COLUMNS \
	"pg_catalog.current_database(), extract(epoch from pg_catalog.pg_postmaster_start_time())"

struct whereabouts {
	char database[WHEREABOUTS_BYTES], server[WHEREABOUTS_BYTES]; /* the listener's */
	bool is_known;                                               /* these are */
	bool is_wanted;                                              /* the reader's */
	int differences; /* that the reader's answers made, in a row */
	bool are_apart;
};

/* The listener has told, so the reader is to be asked; or the listener is gone. */
void whereabouts_take_listener(
    struct whereabouts *whereabouts, const char *database, const char *server);
void whereabouts_lose_listener(struct whereabouts *whereabouts);

/* The reader has answered; logs when the two turn out to be apart, and together again. */
void whereabouts_take_reader(
    struct whereabouts *whereabouts, const char *database, const char *server);

#endif
