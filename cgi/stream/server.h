/*
 * The server: the parts of pgbell-stream, put together around one event loop.
 *
 * Data goes through in one direction.  A request enters by the intake of a door, waits
 * as an opening for its verdict and becomes a client of the hub.  A doorbell
 * rings a user of the hub; the reader takes the users that were rung, reads their events
 * and gives them to the hub, whose clients send them out.
 */
#ifndef PGBELL_SERVER_H
#define PGBELL_SERVER_H

#include <event2/event.h>
#include <stdbool.h>

#include "cgi/stream/wire/listen_socket.h"
#include "common/config.h"

struct server;

/*
 * Start the parts.  listener is a listening, non-blocking socket that
 * requests come in by, or -1: then environment holds the one request of a
 * plain CGI program, whose answer goes to standard output.  websockets is where WebSockets
 * come in, if anywhere; it is left when the server stops.  All are borrowed.  Out of memory
 * ends the process.
 */
struct server *server_create(struct event_base *base, const struct config *config, int listener,
    struct listen_socket *websockets, char *const environment[]);

/* How many streams it holds at most, as the descriptors and the setting allow. */
size_t server_max_streams(const struct server *server);

/*
 * Take no more requests and end the streams over drain_s, so that they do not
 * all come back at once.  May be called twice.
 */
void server_stop(struct server *server);

/* Whether it has stopped, or has served its one request. */
bool server_is_finished(const struct server *server);

/* To be called after each turn of the event loop: asks the database for what came up in it. */
void server_finish_turn(struct server *server);

/* Close everything at once; NULL is fine. */
void server_close(struct server *server);

#endif
