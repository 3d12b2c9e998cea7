/*
 * worker.c fills a reply, and main.c sends it, by FastCGI or on standard output.
 * Nothing is sent before the reply is complete, so an error at any step can still
 * be answered with a problem.
 */
#include "cgi/api/reply.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/http.h"

#define LINE_END "\r\n"

void
reply_set_json(struct reply *reply, int status, char *json)
{
	free(reply->body);
	reply->status = status;
	reply->media_type = "application/json";
	reply->body = json;
	if (status == 204) {
		free(json);
		reply->body = NULL;
	}
}

void
reply_set_problem(struct reply *reply, const struct problem *problem)
{
	reply_set_json(reply, problem->status, problem_format(problem));
	reply->media_type = PROBLEM_MEDIA_TYPE;
	reply->location[0] = reply->cookie[0] = '\0';
	reply->twin_count = 0;
}

void
reply_set_location(struct reply *reply, const char *pattern, struct json_object *answer)
{
	const char *open = strchr(pattern, '{');
	const char *close = open == NULL ? NULL : strchr(open, '}');
	struct json_object *member = NULL;
	char name[32];

	if (close == NULL)
		return;
	snprintf(name, sizeof name, "%.*s", (int)(close - open - 1), open + 1);
	if (!json_object_is_type(answer, json_type_object) ||
	    !json_object_object_get_ex(answer, name, &member) ||
	    !json_object_is_type(member, json_type_int))
		return;
	snprintf(reply->location, sizeof reply->location, "%.*s%" PRId64 "%s",
	    (int)(open - pattern), pattern, json_object_get_int64(member), close + 1);
}

struct span
reply_body(const struct reply *reply)
{
	return reply->is_head ? span_of(NULL) : span_of(reply->body);
}

struct head {
	char *out;
	size_t len;
};

/* Append words of our own.  They fit: put_field() leaves room for the line that ends the header. */
static void
put(struct head *head, const char *words)
{
	size_t len = strlen(words);

	memcpy(head->out + head->len, words, len);
	head->len += len;
}

static void
put_number(struct head *head, size_t number)
{
	char digits[24], *at = digits + sizeof digits - 1;

	*at = '\0';
	do
		*--at = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	put(head, at);
}

/* Append a field, or nothing where its value cannot be sent; name has its colon and blank. */
static void
put_field(struct head *head, const char *name, const char *value)
{
	size_t len = 0;

	while ((unsigned char)value[len] >= 0x20 && value[len] != 0x7f)
		len++;
	if (len == 0 || value[len] != '\0' ||
	    head->len + strlen(name) + len + strlen(LINE_END LINE_END) > REPLY_HEAD_MAX)
		return;
	put(head, name);
	put(head, value);
	put(head, LINE_END);
}

/* Without printf, which would take a good part of the time that an answer costs here. */
size_t
reply_format_head(const struct reply *reply, char out[REPLY_HEAD_MAX])
{
	struct head head = { out, 0 };

	/* HAProxy takes the status from the later of the two, and from Location a 302. */
	put_field(&head, "Location: ", reply->location);
	put(&head, "Status: ");
	put_number(&head, (size_t)reply->status);
	put(&head, " ");
	put(&head, http_reason_phrase(reply->status));
	put(&head, LINE_END);
	if (reply->body != NULL) {
		put(&head, "Content-Type: ");
		put(&head, reply->media_type);
		put(&head, LINE_END "Content-Length: ");
		put_number(&head, strlen(reply->body));
		put(&head, LINE_END);
	}
	put(&head, "Cache-Control: no-store" LINE_END "X-Content-Type-Options: nosniff" LINE_END);
	if (reply->status == 401) {
		put(&head, "WWW-Authenticate: Bearer realm=\"pgbell\"");
		put(&head, reply->token_refused ? ", error=\"invalid_token\"" LINE_END : LINE_END);
	}
	if (reply->status == 503 || reply->retry_after_s > 0) {
		put(&head, "Retry-After: ");
		put_number(
		    &head, reply->retry_after_s > 0 ? reply->retry_after_s : REPLY_RETRY_AFTER_S);
		put(&head, LINE_END);
	}
	put_field(&head, "Allow: ", reply->allow);
	/* The session's cookie comes last: a browser may take a twin for the same cookie. */
	for (size_t i = 0; i < reply->twin_count; i++)
		put_field(&head, "Set-Cookie: ", reply->twins[i]);
	put_field(&head, "Set-Cookie: ", reply->cookie);
	put(&head, LINE_END);
	return head.len;
}

void
reply_release(struct reply *reply)
{
	free(reply->body);
	reply->body = NULL;
}
