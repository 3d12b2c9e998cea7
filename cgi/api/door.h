/*
 * The way in to a worker that serves one request at a time: the connections
 * that web servers make, and those that they keep for their next request.
 * Whoever says nothing waits aside, so that it keeps nobody out; and a request
 * that is served has a time limit for what its peer has to do, which is to send
 * it and to take its answer.
 */
#ifndef PGBELL_API_DOOR_H
#define PGBELL_API_DOOR_H

#define DOOR_ASIDE_MAX 64 /* connections that wait aside; beyond them the oldest is closed */
#define DOOR_KEPT_S 90    /* how long a kept one may; nginx gives one up after 60 s */

struct door;

/*
 * Make one of a listening socket, which is borrowed.  patience_s: how long a
 * new connection may stay silent.  Out of memory ends the process.
 */
struct door *door_create(int listening, int patience_s);

/*
 * Wait for a connection whose peer has begun to speak (or has gone again);
 * the caller's from then on.  -1 with errno where none is to be had: EINTR
 * when a signal came.
 */
int door_await(struct door *door) __attribute__((warn_unused_result));

/* Take a connection back whose request is answered, and whose peer keeps it. */
void door_keep(struct door *door, int connection);

/*
 * Give a connection's peer so many seconds, and a quarter of one more perhaps: then nothing more is
 * read from it and nothing more is sent to it, and what waits for it is interrupted (that is all
 * for a pipe).  One connection at a time; the earlier limit is over.  Works by SIGALRM.
 */
void door_limit(int connection, int seconds);

/* No limit any more. */
void door_unlimit(void);

/* Close what waits aside and release; NULL is fine. */
void door_close(struct door *door);

#endif
