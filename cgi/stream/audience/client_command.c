/* Further members of a message are passed over: a later version may know more. */
#include "cgi/stream/audience/client_command.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/json.h"

/* One row reads as one thing, so the formatter keeps its hands off. */
/* clang-format off */
static const struct row {
	const char *name;
	enum client_command_kind kind;
	const char *number;     /* the argument that is one, or NULL */
	bool is_needed;
	int64_t least;
	bool has_topic;
} rows[] = {
	{ "follow",   CLIENT_FOLLOW,      "after", false, 0, true },
	{ "unfollow", CLIENT_UNFOLLOW,    NULL,    false, 0, true },
	{ "read",     CLIENT_OF_DATABASE, "id",    true,  1, false },
	{ "unread",   CLIENT_OF_DATABASE, "id",    true,  1, false },
	{ "read_all", CLIENT_OF_DATABASE, "up_to", false, 0, false },
	{ "delete",   CLIENT_OF_DATABASE, "id",    true,  1, false },
};
/* clang-format on */

static bool
refuse(struct problem *problem, int status, const char *detail, const char *name)
{
	static struct problem_field field;
	static char pointer[32];

	*problem = (struct problem){ .status = status, .detail = detail };
	if (name != NULL) {
		snprintf(pointer, sizeof(pointer), "/%s", name);
		field = (struct problem_field){ .pointer = pointer, .detail = detail };
		problem->fields = &field;
		problem->field_count = 1;
	}
	return false;
}

static struct json_object *
get(struct json_object *message, const char *name)
{
	struct json_object *value = NULL;

	(void)json_object_object_get_ex(message, name, &value);
	return value;
}

static const struct row *
find_row(struct json_object *message)
{
	struct json_object *name = get(message, "command");

	if (!json_object_is_type(name, json_type_string))
		return NULL;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(json_object_get_string(name), rows[i].name) == 0)
			return &rows[i];
	return NULL;
}

static bool
read_topic(struct json_object *message, struct client_command *command, struct problem *problem)
{
	struct json_object *value = get(message, "topic");
	struct span topic;

	if (!json_object_is_type(value, json_type_string))
		return refuse(problem, 422, "A topic is needed.", "topic");
	topic = (struct span){ json_object_get_string(value),
		(size_t)json_object_get_string_len(value) };
	if (!topic_is_name(topic))
		return refuse(problem, 422, "It is no topic.", "topic");
	memcpy(command->topic, topic.at, topic.len);
	command->topic[topic.len] = '\0';
	return true;
}

static bool
read_number(struct json_object *message, const struct row *row, struct client_command *command,
    struct problem *problem)
{
	struct json_object *value = get(message, row->number);

	if (value == NULL && !row->is_needed)
		return true;
	command->has_number =
	    value != NULL && json_integer_of(value, row->least, INT64_MAX, &command->number);
	return command->has_number ||
	       refuse(problem, 422, "A whole number is needed.", row->number);
}

static bool
read_object(struct json_object *message, struct client_command *command, struct problem *problem)
{
	const struct row *row;

	if (!json_object_is_type(message, json_type_object))
		return refuse(problem, 400, "A command is an object of JSON.", NULL);
	command->has_n = json_integer_of(get(message, "n"), INT64_MIN + 1, INT64_MAX, &command->n);
	if (!command->has_n)
		return refuse(
		    problem, 422, "A whole number is needed, which the answer repeats.", "n");
	row = find_row(message);
	if (row == NULL)
		return refuse(problem, 422, "There is no such command.", "command");
	command->kind = row->kind;
	command->name = row->name;
	return (!row->has_topic || read_topic(message, command, problem)) &&
	       (row->number == NULL || read_number(message, row, command, problem));
}

bool
client_command_read(struct span text, struct client_command *command, struct problem *problem)
{
	struct json_object *message;
	enum json_outcome outcome = json_read_text(text, &message);
	bool is_read;

	*command = (struct client_command){ .name = "" };
	if (outcome != JSON_OUTCOME_OK)
		return refuse(problem, 400, json_explain_outcome(outcome), NULL);
	is_read = read_object(message, command, problem);
	json_object_put(message);
	return is_read;
}

char *
client_command_answer(const struct client_command *command, int status, const char *body)
{
	char n[32] = "null", *text;

	if (command->has_n)
		snprintf(n, sizeof(n), "%" PRId64, command->n);
	if (asprintf(&text, "{\"n\":%s,\"status\":%d,\"body\":%s}", n, status, body) < 0)
		abort();
	return text;
}
