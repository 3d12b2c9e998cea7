/*
 * The door for requests in FastCGI records, which every web server can send:
 * streams are opened at it, and what this process knows of itself is asked.
 */
#ifndef PGBELL_DOOR_FASTCGI_H
#define PGBELL_DOOR_FASTCGI_H

#include "cgi/stream/wire/visit.h"

#define DOOR_ANSWER_BYTES 8192 /* to management records, that a peer may leave unread */

extern const struct door door_fastcgi;

#endif
