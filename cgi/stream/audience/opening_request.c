/* A route is large, with room for the longest token: a request that waits keeps what it has. */
#include "cgi/stream/audience/opening_request.h"

#include "common/text.h"

/* Owned by the caller. */
static char *
format_identity(const char *secret, enum credentials_form form)
{
	static char identity[CREDENTIALS_LIST_MAX];
	char *copy;

	if (credentials_format(secret, form, identity) == 0)
		return NULL;
	copy = text_copy(identity);
	explicit_bzero(identity, strlen(identity));
	return copy;
}

void
opening_request_init(
    struct opening_request *request, const struct route *route, enum credentials_form form)
{
	bool is_ticket = route->ticket[0] != '\0';

	*request = (struct opening_request){
		.kind = route->kind,
		.identity = format_identity(is_ticket ? route->ticket : route->token, form),
		.topics = topics_format(&route->topics),
		.topic_count = route->topics.count,
		.after = { route->has_after, route->after },
		.is_ticket = is_ticket,
		.is_explicit = route->is_explicit,
	};
}

void
opening_request_add(const struct opening_request *request, struct batch *batch)
{
	struct array *arrays = batch->arrays;

	array_add_text(&arrays[OPENING_TOKENS], request->is_ticket ? NULL : request->identity);
	array_add_text(&arrays[OPENING_TICKETS], request->is_ticket ? request->identity : NULL);
	if (request->after.is_given)
		array_add_integer(&arrays[OPENING_AFTERS], request->after.number);
	else
		array_add_null(&arrays[OPENING_AFTERS]);
	array_add_text(&arrays[OPENING_TOPICS], request->topics);
}

bool
opening_request_is_like(const struct opening_request *request, const struct opening_request *other)
{
	return request->topics != NULL && other->topics != NULL &&
	       strcmp(request->topics, other->topics) == 0;
}

void
opening_request_clear(struct opening_request *request)
{
	if (request->identity != NULL)
		explicit_bzero(request->identity, strlen(request->identity));
	free(request->identity);
	free(request->topics);
	request->identity = request->topics = NULL;
}
