/*
 * A reply is filled by whoever knows the answer and written by whoever knows
 * the stream (FastCGI or stdout); nothing is sent before it is complete, so
 * a failure on the way can still become a proper problem.
 */
#include "cgi/api/reply.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/http.h"

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

static void add_field(struct head *head, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
add_field(struct head *head, const char *name, const char *format, ...)
{
	char value[COOKIE_MAX];
	va_list values;
	size_t room;
	int len;

	va_start(values, format);
	len = vsnprintf(value, sizeof value, format, values);
	va_end(values);
	if (len <= 0 || (size_t)len >= sizeof value)
		return;
	for (int i = 0; i < len; i++)
		if ((unsigned char)value[i] < 0x20 || value[i] == 0x7f)
			return;
	room = REPLY_HEAD_MAX - head->len - 2; /* the empty line always fits */
	len = snprintf(head->out + head->len, room, "%s: %s\r\n", name, value);
	if (len > 0 && (size_t)len < room)
		head->len += (size_t)len;
}

size_t
reply_format_head(const struct reply *reply, char out[REPLY_HEAD_MAX])
{
	struct head head = { out, 0 };

	add_field(&head, "Status", "%d %s", reply->status, http_reason_phrase(reply->status));
	if (reply->body != NULL) {
		add_field(&head, "Content-Type", "%s", reply->media_type);
		add_field(&head, "Content-Length", "%zu", strlen(reply->body));
	}
	add_field(&head, "Cache-Control", "no-store");
	add_field(&head, "X-Content-Type-Options", "nosniff");
	if (reply->status == 401)
		add_field(&head, "WWW-Authenticate", "Bearer realm=\"pgbell\"%s",
		    reply->token_refused ? ", error=\"invalid_token\"" : "");
	if (reply->status == 503)
		add_field(&head, "Retry-After", "%d", REPLY_RETRY_AFTER_S);
	add_field(&head, "Allow", "%s", reply->allow);
	add_field(&head, "Location", "%s", reply->location);
	add_field(&head, "Set-Cookie", "%s", reply->cookie);
	out[head.len++] = '\r';
	out[head.len++] = '\n';
	return head.len;
}

void
reply_release(struct reply *reply)
{
	free(reply->body);
	reply->body = NULL;
}
