/*
 * Refusals are decided in the order in which HTTP thinks of them: is there
 * such a thing (404), may it be done (405), is the request sound (400, 426), who
 * asks (401), from where (403).
 */
#include "cgi/stream/wire/route.h"

#include <stdio.h>

#include "common/http.h"

/* A value that was shown may be no token at all: none of it goes on. */
static void
refuse(struct route *route, int status, const char *detail)
{
	route->token[0] = route->ticket[0] = '\0';
	route->kind = ROUTE_REFUSED;
	route->status = status;
	route->detail = detail;
}

/* The same for a value of a parameter. */
static void
refuse_topic(struct route *route, const char *detail)
{
	refuse(route, 422, detail);
	route->parameter = ROUTE_TOPIC;
}

static bool
find_kind(struct span path, bool is_websocket, enum route_kind *kind)
{
	static const struct {
		const char *path;
		enum route_kind kind;
		bool is_websocket;
	} routes[] = {
		{ ROUTE_PREFIX, ROUTE_STREAM, false },
		{ ROUTE_WEBSOCKET, ROUTE_STREAM, true },
		{ ROUTE_PREFIX "/stats", ROUTE_STATS, false },
		{ "/api/health", ROUTE_HEALTH, false },
		{ "/metrics", ROUTE_METRICS, false },
	};

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (routes[i].is_websocket == is_websocket && span_equals(path, routes[i].path)) {
			*kind = routes[i].kind;
			return true;
		}
	}
	return false;
}

/* Read ?name= as a secret; false when it is there, but cannot be one. */
static bool
find_secret(struct span query, const char *name, char *secret)
{
	switch (http_find_query(query, name, secret, CREDENTIALS_TOKEN_MAX + 1)) {
	case HTTP_ABSENT: return true; /* route_decide() made it empty */
	case HTTP_FOUND: return credentials_is_token(span_of(secret));
	default: return false;
	}
}

static bool
find_topic(struct span value, struct route *route)
{
	char topic[TOPIC_BYTES + 32]; /* more than a name and a number have */
	enum topics_result result = TOPICS_MALFORMED;

	if (http_decode_percent(value, true, topic, sizeof(topic)) == HTTP_FOUND)
		result = topics_add(&route->topics, span_of(topic));
	switch (result) {
	case TOPICS_ADDED: return true;
	case TOPICS_MALFORMED:
		refuse_topic(route, "It is no topic, with or without the number of an event.");
		break;
	case TOPICS_DOUBLED: refuse_topic(route, "A topic is named twice."); break;
	case TOPICS_FULL:
		refuse_topic(route, "More topics are named than a stream follows.");
		break;
	}
	return false;
}

/* Whether all that are named are such as there may be. */
static bool
find_topics(struct span query, struct route *route)
{
	struct span value;

	while (http_next_query(&query, ROUTE_TOPIC, &value))
		if (!find_topic(value, route))
			return false;
	return true;
}

/* Nobody, where the cookie is no token: a stream of topics may do without. */
static void
find_visitor(enum credentials_source source, struct route *route)
{
	if (route->topics.count > 0)
		return;
	if (source == CREDENTIALS_NONE)
		refuse(route, 401,
		    "A token is needed: a bearer token, the session "
		    "cookie or a ticket.");
	else
		refuse(route, 401,
		    "Neither the session cookie nor the Authorization field "
		    "holds a token.");
}

static void
find_identity(
    const struct route_request *request, struct span query, bool query_token, struct route *route)
{
	bool is_bearer = request->authorization.len > 0 &&
			 !credentials_have_other_scheme(request->authorization);
	struct credentials credentials;

	credentials_read(request->authorization, request->cookie, &credentials);
	route->is_explicit = true;
	if (!find_secret(query, "token", route->token) ||
	    !find_secret(query, "ticket", route->ticket)) {
		refuse(route, 401, "The token or ticket in the address is malformed.");
	} else if (route->token[0] != '\0' && (!query_token || route->kind != ROUTE_STREAM)) {
		refuse(route, 401, "A token in the address is not accepted here.");
	} else if (route->ticket[0] != '\0' && route->kind != ROUTE_STREAM) {
		refuse(route, 401, "A ticket opens a stream and nothing else.");
	} else if (route->token[0] != '\0' && route->ticket[0] != '\0') {
		refuse(route, 400, "Both a token and a ticket are given.");
	} else if (is_bearer) {
		route->ticket[0] = '\0';
		snprintf(route->token, sizeof(route->token), "%s", credentials.token);
		if (credentials.source != CREDENTIALS_BEARER)
			refuse(route, 401, "The Authorization field holds no bearer token.");
	} else if (route->token[0] == '\0' && route->ticket[0] == '\0') {
		route->is_explicit = false;
		snprintf(route->token, sizeof(route->token), "%s", credentials.token);
		if (credentials.source != CREDENTIALS_COOKIE)
			find_visitor(credentials.source, route);
	}
}

/* Read a last event id of the query into out; what cannot be read is "?", which none is. */
static bool
find_id(struct span query, const char *name, char out[TOPICS_ID_BYTES])
{
	enum http_found found = http_find_query(query, name, out, TOPICS_ID_BYTES);

	if (found == HTTP_ABSENT || (found == HTTP_FOUND && out[0] == '\0'))
		return false;
	if (found != HTTP_FOUND)
		snprintf(out, TOPICS_ID_BYTES, "?");
	return true;
}

static void
find_last_event_id(const struct route_request *request, struct span query, struct route *route)
{
	char from_query[TOPICS_ID_BYTES];
	struct span id = request->last_event_id;
	struct topic_after after;

	if (id.len == 0) {
		if (!find_id(query, "lastEventId", from_query) &&
		    !find_id(query, "last_event_id", from_query))
			return;
		id = span_of(from_query);
	}
	topics_read_id(&route->topics, id, &after);
	route->has_after = after.is_given;
	route->after = after.number;
}

/*
 * Monitors ask whether all is well by HEAD.  Of the answer the web server passes the header on
 * (RFC 9110, section 9.3.2); a stream has nothing that could be told without it.
 */
static bool
may_be_done(const struct route_request *request, enum route_kind kind)
{
	return span_equals(request->method, "GET") ||
	       (kind == ROUTE_HEALTH && span_equals(request->method, "HEAD"));
}

/* A cookie goes along with whatever page asks; all else is known to those alone who may show it. */
static void
check_page(
    const struct route_request *request, const struct route_rules *rules, struct route *route)
{
	bool is_by_cookie = !route->is_explicit && route->token[0] != '\0';
	struct http_page page = request->page;

	page.allowed = rules->origins;
	if (request->handshake != NULL && is_by_cookie && !http_is_own_page(&page))
		refuse(route, 403,
		    "A WebSocket with the session cookie is opened by pages of this site alone.");
}

void
route_decide(
    const struct route_request *request, const struct route_rules *rules, struct route *route)
{
	const struct handshake *handshake = request->handshake;
	struct span path, query;

	memset(route, 0, offsetof(struct route, token)); /* the room behind is 25 KB */
	route->token[0] = route->ticket[0] = '\0';
	route->topics.count = 0;
	http_split_target(request->uri, &path, &query);
	if (!find_kind(path, handshake != NULL, &route->kind)) {
		refuse(route, 404, "There is nothing at this address.");
	} else if (!may_be_done(request, route->kind)) {
		refuse(route, 405, "Only GET is possible here.");
	} else if (handshake != NULL && handshake->status != 101) {
		refuse(route, handshake->status, handshake->detail);
	} else if (route->kind == ROUTE_STREAM || route->kind == ROUTE_STATS) {
		if (route->kind == ROUTE_STREAM && !find_topics(query, route))
			return;
		find_identity(request, query, rules->query_token, route);
		find_last_event_id(request, query, route);
		check_page(request, rules, route);
	}
}
