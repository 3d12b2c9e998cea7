/*
 * The route: what a request to the stream program asks for.  Pure: parameters in, a
 * decision out; no database and no socket.
 */
#ifndef PGBELL_ROUTE_H
#define PGBELL_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "cgi/stream/wire/handshake.h"
#include "cgi/stream/wire/topics.h"
#include "common/credentials.h"
#include "common/http.h"
#include "common/span.h"

#define ROUTE_PREFIX "/api/notifications/stream"
#define ROUTE_TOPIC "topic" /* the parameter that names one */
#define ROUTE_WEBSOCKET \
	"/api/notifications/socket" /* at the door of sockets, and nothing else there */

enum route_kind {
	ROUTE_STREAM,
	ROUTE_STATS,
	ROUTE_HEALTH,
	ROUTE_METRICS,
	ROUTE_REFUSED, /* with a status and a detail, and maybe for the sake of a parameter */
};

struct route {
	enum route_kind kind;
	int status;
	const char *detail, *parameter; /* constants */
	bool is_explicit; /* the token was said, not added by a browser of its own accord */
	bool has_after;
	int64_t after; /* the last event id, or TOPICS_NO_NUMBER */
	/*
	 * At most one of the two, none if refused, and maybe none where there are topics: a
	 * visitor, who is nobody.  The token is as struct credentials has it.
	 */
	char token[CREDENTIALS_LIST_MAX];
	char ticket[CREDENTIALS_TOKEN_MAX + 1];
	struct topics topics;
};

/* The CGI meta-variables (RFC 3875 section 4.1) that a decision takes; empty where absent. */
struct route_request {
	struct span method;                /* REQUEST_METHOD */
	struct span uri;                   /* REQUEST_URI */
	struct span authorization;         /* HTTP_AUTHORIZATION */
	struct span cookie;                /* HTTP_COOKIE */
	struct span last_event_id;         /* HTTP_LAST_EVENT_ID */
	const struct handshake *handshake; /* NULL: not at the door of sockets; and there alone: */
	struct http_page page;             /* but for its allowed */
};

/* The rules, which are the same for all requests. */
struct route_rules {
	bool query_token;    /* whether ?token= is taken */
	const char *origins; /* struct http_page's allowed */
};

/*
 * Decide.  An explicit token goes before one that a browser adds by
 * itself: the Authorization field, then ?ticket= or ?token= (refused unless
 * query_token), then the cookie.  A WebSocket that a browser opens with the cookie must be
 * of a page of the site's own, for any page may open one and read it.  The last event id is the one
 * that is most up to date: that of the Last-Event-ID field, which a browser keeps so of its own
 * accord; then of ?lastEventId=, which event-source-polyfill and
 * reconnecting-eventsource write anew each time; then of ?last_event_id=,
 * which stays as it was when the page made the address.
 *
 * Where topics are asked for, a cookie that is none counts as if there were
 * none: then it is a visitor's stream, if anybody may follow one of them.
 */
void route_decide(
    const struct route_request *request, const struct route_rules *rules, struct route *route);

#endif
