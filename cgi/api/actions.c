/*
 * The table comes first and is meant to be read; the look-up below walks it
 * from top to bottom.  A {name} matches digits only, so a row with a word in
 * that place never competes with it, and the rows' order does not matter.  But
 * a topic, which may have slashes, is all between what stands before and behind it.
 *
 * The functions get the caller's token and then the arguments in the order
 * in which they stand here.
 */
#include "cgi/api/actions.h"

#include <stdio.h>
#include <string.h>

#include "common/topic.h"

/* One row reads as one thing, so the formatter keeps its hands off. */
/* clang-format off */
#define ID(name) { name, ACTION_PATH, ACTION_INTEGER, true, 1, INT64_MAX, NULL }
#define TOPIC { "topic", ACTION_PATH, ACTION_TOPIC, true, 1, TOPIC_BYTES, NULL }
#define LIMIT(preset) { "limit", ACTION_QUERY, ACTION_INTEGER, false, 1, 100, preset }
#define BEFORE { "before", ACTION_QUERY, ACTION_INTEGER, false, 1, INT64_MAX, NULL }
#define AFTER { "after", ACTION_QUERY, ACTION_INTEGER, false, 0, INT64_MAX, "0" }
#define FROM { "after", ACTION_QUERY, ACTION_INTEGER, false, 0, INT64_MAX, NULL }
#define UNREAD { "unread", ACTION_QUERY, ACTION_BOOLEAN, false, 0, 0, "false" }
#define UP_TO { "up_to", ACTION_BODY, ACTION_INTEGER, false, 0, INT64_MAX, NULL }
#define KIND(source) { "kind", source, ACTION_STRING, false, 1, 64, NULL }
#define SUBJECT(source) { "subject", source, ACTION_STRING, false, 1, 200, NULL }
#define MUTED { "muted", ACTION_BODY, ACTION_BOOLEAN, true, 0, 0, NULL }
#define TEXT(name, shortest, longest) \
	{ name, ACTION_BODY, ACTION_STRING, true, shortest, longest, NULL }
/* bcrypt does not look at what follows 72 bytes. */
#define PASSWORD(shortest) \
	{ "password", ACTION_BODY, ACTION_PASSWORD, true, shortest, 72, NULL }
#define DEVICE { "device", ACTION_BODY, ACTION_SECRET, false, 0, 64, NULL }

const struct action actions[] = {
	{ "POST", "/api/users", "qa.create_user", 201, "Sign up", .is_public = true,
	  .arguments = { TEXT("username", 1, 64), PASSWORD(8) } },

	{ "POST", "/api/session", "qa.sign_in", 201,
	  "Sign in: answers a bearer token and sets the same token as a cookie; too many tries "
	  "with a wrong password have to wait",
	  .is_public = true, .cookie = ACTION_SETS_COOKIE, .may_refuse = true,
	  .arguments = { TEXT("username", 1, 64), PASSWORD(1), DEVICE } },
	{ "GET", "/api/session", "qa.get_session", 200, "Who is signed in, and until when",
	  .without_example = "pgbell.get_session" },
	{ "DELETE", "/api/session", "pgbell.end_session", 204,
	  "Sign out; the session's streams end", .cookie = ACTION_CLEARS_COOKIE },
	{ "POST", "/api/session/renew", "pgbell.renew_session", 200,
	  "Prolong the session; its streams go on", .cookie = ACTION_RENEWS_COOKIE },
	{ "POST", "/api/session/ticket", "pgbell.create_ticket", 201,
	  "A single-use ticket that opens a stream; no more than 64 of a session wait to be used",
	  .is_public = false, .may_refuse = true },

	{ "GET", "/api/questions", "qa.list_questions", 200, "Questions, newest first",
	  .is_public = true, .arguments = { LIMIT("20"), BEFORE } },
	{ "POST", "/api/questions", "qa.create_question", 201, "Ask a question",
	  .location = "/api/questions/{id}",
	  .arguments = { TEXT("title", 1, 200), TEXT("body", 1, 20000) } },
	{ "GET", "/api/questions/{id}", "qa.get_question", 200,
	  "A question with its answers and all comments",
	  .is_public = true, .arguments = { ID("id") } },
	{ "DELETE", "/api/questions/{id}", "qa.delete_question", 204,
	  "Delete one's own question, with all that hangs on it", .arguments = { ID("id") } },
	{ "POST", "/api/questions/{id}/answers", "qa.create_answer", 201,
	  "Answer a question; its asker is notified",
	  .location = "/api/questions/{question_id}",
	  .arguments = { ID("id"), TEXT("body", 1, 20000) } },
	{ "POST", "/api/questions/{id}/comments", "qa.comment_on_question", 201,
	  "Comment on a question; its asker is notified",
	  .location = "/api/questions/{question_id}",
	  .arguments = { ID("id"), TEXT("body", 1, 2000) } },

	{ "POST", "/api/answers/{id}/comments", "qa.comment_on_answer", 201,
	  "Comment on an answer; its author is notified",
	  .location = "/api/questions/{question_id}",
	  .arguments = { ID("id"), TEXT("body", 1, 2000) } },
	{ "PUT", "/api/answers/{id}/accept", "qa.accept_answer", 200,
	  "Accept an answer to one's own question; its author is notified",
	  .arguments = { ID("id") } },
	{ "DELETE", "/api/answers/{id}", "qa.delete_answer", 204,
	  "Delete one's own answer", .arguments = { ID("id") } },
	{ "DELETE", "/api/comments/{id}", "qa.delete_comment", 204,
	  "Delete one's own comment", .arguments = { ID("id") } },

	{ "GET", "/api/notifications", "pgbell.list_notifications", 200,
	  "Notifications, newest first, with the badge and the log's number of the same moment; a "
	  "kind's or a subject's alone, where a page may have fewer than there are and a \"next\"",
	  .arguments = { LIMIT("50"), BEFORE, UNREAD, KIND(ACTION_QUERY), SUBJECT(ACTION_QUERY) } },
	{ "GET", "/api/notifications/unread-count", "pgbell.get_unread_count", 200, "The badge",
	  .is_public = false },
	{ "GET", "/api/notifications/counts", "pgbell.get_counts", 200,
	  "How many of the newest 2,000 unread ones are of each kind", .is_public = false },
	{ "GET", "/api/notifications/events", "pgbell.list_events", 200,
	  "The log that the stream reads, for clients that poll",
	  .arguments = { AFTER, LIMIT("100") } },
	{ "GET", "/api/notifications/snoozed", "pgbell.list_snoozed", 200,
	  "What was taken out of the list until a time, the soonest first",
	  .arguments = { LIMIT("50"), FROM } },
	{ "GET", "/api/notifications/preferences", "pgbell.get_preferences", 200,
	  "What the caller has muted, and what can be",
	  .is_public = false },
	{ "PUT", "/api/notifications/preferences", "pgbell.set_preferences", 200,
	  "Mute a kind, a subject and what is under it, or a kind there; or take that back",
	  .arguments = { KIND(ACTION_BODY), SUBJECT(ACTION_BODY), MUTED } },
	{ "GET", "/api/notifications/health", "pgbell.check_health", 200,
	  "Whether a worker answers and its database takes writes; /api/health, through a web "
	  "server, tells of the streams", .is_public = true },
	{ "PUT", "/api/notifications/read-all", "pgbell.mark_all_read", 200,
	  "Mark all read, or all that was told up to a number of the log (seq)", .arguments = { UP_TO } },
	{ "PUT", "/api/notifications/seen", "pgbell.mark_seen", 200,
	  "Say that what was told up to a number of the log (seq), or all, has been seen: it stays "
	  "unread", .arguments = { UP_TO } },
	{ "PUT", "/api/notifications/{id}/read", "pgbell.mark_read", 200,
	  "Mark a notification read", .arguments = { ID("id") } },
	{ "DELETE", "/api/notifications/{id}/read", "pgbell.mark_unread", 200,
	  "Mark a notification unread", .arguments = { ID("id") } },
	{ "PUT", "/api/notifications/{id}/snooze", "pgbell.snooze", 200,
	  "Take a notification out of the list until a time, with its zone",
	  .arguments = { ID("id"), TEXT("until", 1, 40) } },
	{ "DELETE", "/api/notifications/{id}/snooze", "pgbell.unsnooze", 200,
	  "Have a notification that was taken out of the list back now, where it was",
	  .arguments = { ID("id") } },
	{ "DELETE", "/api/notifications/{id}", "pgbell.delete_notification", 200,
	  "Delete a notification", .arguments = { ID("id") } },

	{ "GET", "/api/topics/{topic}/events", "pgbell.list_topic_events", 200,
	  "What was published to a topic behind a number of its log (seq), for clients that poll; "
	  "without one: which is the last",
	  .is_public = true, .knows_callers = true, .arguments = { TOPIC, FROM, LIMIT("100") } },

	{ "GET", "/api/health", "pgbell.check_health", 200,
	  "Whether the database answers", .is_public = true },
	{ "GET", "/api/openapi.json", NULL, 200, "This document", .is_public = true },
};
/* clang-format on */

const size_t action_count = sizeof actions / sizeof actions[0];

static bool
takes_topic(const struct action *action)
{
	return action->arguments[0].source == ACTION_PATH &&
	       action->arguments[0].type == ACTION_TOPIC;
}

/* How much at the beginning of a text stands for a {name} with this behind it. */
static size_t
measure_value(const struct action *action, const char *behind, struct span rest)
{
	size_t len = 0;

	if (takes_topic(action))
		return rest.len > strlen(behind) ? rest.len - strlen(behind) : 0;
	while (len < rest.len && rest.at[len] >= '0' && rest.at[len] <= '9')
		len++;
	return len;
}

/* Whether it is the action's path; *value is what stands for its {name}. */
static bool
matches(const struct action *action, struct span path, struct span *value)
{
	const char *at = path.at, *end = path.at + path.len;

	*value = (struct span){ NULL, 0 };
	for (const char *pattern = action->path; *pattern != '\0'; pattern++) {
		if (*pattern == '{') {
			pattern = strchr(pattern, '}');
			value->at = at;
			value->len = measure_value(
			    action, pattern + 1, (struct span){ at, (size_t)(end - at) });
			if (value->len == 0)
				return false;
			at += value->len;
		} else if (at == end || *at++ != *pattern) {
			return false;
		}
	}
	return at == end;
}

static bool
takes(const struct action *action, struct span method)
{
	return span_equals(method, action->method) ||
	       (span_equals(method, "HEAD") && strcmp(action->method, "GET") == 0);
}

static void
add_method(char *allow, const char *method)
{
	size_t len = strlen(allow);

	snprintf(allow + len, ACTION_ALLOW_MAX - len, "%s%s", len == 0 ? "" : ", ", method);
}

/* The methods of a path's rows; empty where it has none. */
static void
list_methods(struct span path, char *allow)
{
	struct span value;

	for (size_t i = 0; i < action_count; i++) {
		if (!matches(&actions[i], path, &value))
			continue;
		add_method(allow, actions[i].method);
		if (strcmp(actions[i].method, "GET") == 0)
			add_method(allow, "HEAD");
	}
	if (allow[0] != '\0')
		add_method(allow, "OPTIONS");
}

enum action_match
action_find(struct span method, struct span path, struct action_route *route)
{
	*route = (struct action_route){ .action = NULL };
	if (path.len == 0)
		return ACTION_NO_PATH;
	for (size_t i = 0; i < action_count; i++) {
		if (!matches(&actions[i], path, &route->path_value) || !takes(&actions[i], method))
			continue;
		route->action = &actions[i];
		return ACTION_MATCHED;
	}
	list_methods(path, route->allow);
	if (route->allow[0] == '\0')
		return ACTION_NO_PATH;
	return span_equals(method, "OPTIONS") ? ACTION_ASKED_OPTIONS : ACTION_NO_METHOD;
}

bool
action_is_example(const struct action *action)
{
	return action->function != NULL && action->without_example == NULL &&
	       strncmp(action->function, "qa.", 3) == 0;
}

struct span
action_path_name(const struct action *action)
{
	const char *brace = strchr(action->path, '{');

	if (brace == NULL)
		return (struct span){ NULL, 0 };
	return (struct span){ brace + 1, strcspn(brace + 1, "}") };
}

const struct action_argument *
action_find_argument(const struct action *action, enum action_source source, struct span name)
{
	for (const struct action_argument *a = action->arguments; a->name != NULL; a++)
		if (a->source == source && span_equals(name, a->name))
			return a;
	return NULL;
}
