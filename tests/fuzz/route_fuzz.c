/*
 * Fuzz the decision on a stream request.  Lines of the input are the target,
 * the fields Authorization, Cookie and Last-Event-ID, and the method (GET
 * where it is empty).  It is decided twice: with and without ?token=.
 */
#include "cgi/stream/wire/route.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next line in a block of its own, so that a byte too many is seen; the caller frees it. */
static struct span
take_line(struct span *rest)
{
	const char *end = rest->len == 0 ? NULL : memchr(rest->at, '\n', rest->len);
	size_t length = end == NULL ? rest->len : (size_t)(end - rest->at);
	char *line = malloc(length + (length == 0));

	if (line == NULL)
		abort();
	if (length > 0)
		memcpy(line, rest->at, length);
	rest->at += length;
	rest->len -= length;
	if (rest->len > 0) {
		rest->at++;
		rest->len--;
	}
	return (struct span){ line, length };
}

/* Nothing that is no token may reach the database. */
static void
check_secret(const char *secret)
{
	while (secret[0] != '\0') { /* there may be several, with a space between */
		size_t len = strcspn(secret, " ");

		if (!credentials_is_token((struct span){ secret, len }))
			abort();
		secret += len + (secret[len] == ' ');
	}
}

/* What the database is told of topics is read back as the same, and there is no name in it that
 * is none. */
static void
check_topics(const struct topics *topics)
{
	char *text = topics_format(topics);
	struct span rest = span_of(text), word;
	struct topics again = { 0 };

	while (topics_next_word(&rest, &word))
		if (topics_add(&again, word) != TOPICS_ADDED)
			abort();
	if (again.count != topics->count)
		abort();
	for (size_t i = 0; i < topics->count; i++)
		if (strcmp(topics->of[i].name, again.of[i].name) != 0 ||
		    topics->of[i].after.is_given != again.of[i].after.is_given ||
		    topics->of[i].after.number != again.of[i].after.number ||
		    topics->of[i].after.number < 0)
			abort();
	free(text);
}

static void
check(const struct route *route)
{
	check_secret(route->token);
	check_secret(route->ticket);
	if (route->token[0] != '\0' && route->ticket[0] != '\0')
		abort();
	if (route->has_after ? route->after < 0 : route->after != 0)
		abort();
	switch (route->kind) {
	case ROUTE_STREAM:
		if (route->token[0] == '\0' && route->ticket[0] == '\0' &&
		    (route->topics.count == 0 || route->is_explicit))
			abort();
		check_topics(&route->topics);
		break;
	case ROUTE_STATS:
		if (route->token[0] == '\0')
			abort();
		break;
	case ROUTE_HEALTH:
	case ROUTE_METRICS: break;
	case ROUTE_REFUSED:
		if (route->status < 400 || route->status > 499 || route->detail == NULL ||
		    route->token[0] != '\0' || route->ticket[0] != '\0')
			abort();
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { (const char *)data, size };
	struct span lines[5];
	const struct route_rules rules = { .query_token = true }, fewer = { .query_token = false };
	struct route route, strict;

	for (size_t i = 0; i < 5; i++)
		lines[i] = take_line(&rest);
	const struct route_request request = {
		.uri = lines[0],
		.authorization = lines[1],
		.cookie = lines[2],
		.last_event_id = lines[3],
		.method = lines[4].len == 0 ? span_of("GET") : lines[4],
	};

	route_decide(&request, &rules, &route);
	check(&route);
	route_decide(&request, &fewer, &strict);
	check(&strict);
	if (route.kind == ROUTE_REFUSED && strict.kind != ROUTE_REFUSED)
		abort(); /* the setting only ever takes away */
	for (size_t i = 0; i < 5; i++)
		free((char *)lines[i].at);
	return 0;
}
