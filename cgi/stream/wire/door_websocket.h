/*
 * The door for WebSockets, which a web server passes on as requests of
 * HTTP/1.1 that become one: the same streams in another form, whose
 * clients may say something, too.
 */
#ifndef PGBELL_DOOR_WEBSOCKET_H
#define PGBELL_DOOR_WEBSOCKET_H

#include "cgi/stream/wire/visit.h"

extern const struct door door_websocket;

#endif
