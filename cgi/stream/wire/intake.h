/*
 * The intake: accepts connections of the web server at a door and has each
 * one's request read until it is complete.
 */
#ifndef PGBELL_INTAKE_H
#define PGBELL_INTAKE_H

#include <event2/event.h>

#include "cgi/stream/wire/visit.h"

#define INTAKE_ACCEPTS_A_TURN 64
#define INTAKE_PAUSE_MS 100 /* no accepts for so long once descriptors run out */

struct intake;

struct intake_settings {
	struct visit_settings visit;
	size_t connections_max; /* peers there may be; further ones wait in the socket's backlog */
};

/*
 * Accept on a listening, non-blocking descriptor.  Out of memory ends the
 * process.  metrics and owner are borrowed; close with intake_close().
 */
struct intake *intake_create(struct event_base *base, int descriptor, const struct door *door,
    const struct intake_settings *settings, struct metrics *metrics, visit_on_request *on_request,
    void *owner);

/* How many connections are still sending their request; NULL is fine, here and below. */
size_t intake_pending(const struct intake *intake);

/* Stop accepting; requests that are coming in are still served.  May be called twice. */
void intake_stop(struct intake *intake);

/* Stop, drop what is coming in, and release the intake. */
void intake_close(struct intake *intake);

/* Decide on the one request of a plain CGI program, from its environment. */
void intake_read_environment(
    char *const environment[], const struct route_rules *rules, struct route *route);

#endif
