/*
 * Three sources, one pass each: the path, then each pair of the query, then
 * each member of the body; after them whatever is required and still
 * missing.  Errors are collected, so a form can mark every field in one go.
 */
#include "cgi/api/arguments.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "common/http.h"
#include "common/json.h"
#include "common/topic.h"

#define NAME_SHOWN_MAX 32 /* bytes of an unknown name that an error repeats */

static bool
is_text(const struct action_argument *argument)
{
	return argument->type == ACTION_STRING || argument->type == ACTION_SECRET ||
	       argument->type == ACTION_PASSWORD || argument->type == ACTION_TOPIC;
}

static size_t
index_of(const struct action *action, const struct action_argument *argument)
{
	return (size_t)(argument - action->arguments);
}

/* Note an error.  pointer is a JSON pointer into the body or the name of a query parameter. */
static void
refuse(
    struct arguments *arguments, enum action_source source, const char *pointer, const char *detail)
{
	size_t i = arguments->error_count;

	if (i == ARGUMENT_ERRORS_MAX)
		return;
	arguments->error_count++;
	if (i == ARGUMENT_ERRORS_MAX - 1)
		detail = "There are more errors.";
	snprintf(arguments->pointers[i], ARGUMENT_POINTER_BYTES, "%s", pointer);
	snprintf(arguments->details[i], ARGUMENT_DETAIL_BYTES, "%s", detail);
	arguments->errors[i] = (struct problem_field){ .detail = arguments->details[i] };
	if (source == ACTION_QUERY)
		arguments->errors[i].parameter = arguments->pointers[i];
	else
		arguments->errors[i].pointer = arguments->pointers[i];
}

/*
 * Refuse a value with a sentence that a page can show: what stands in a form
 * is called by its name, as the database does in its own sentences.
 */
static void
refuse_argument(
    struct arguments *arguments, const struct action_argument *argument, const char *predicate)
{
	bool is_typed = is_text(argument);
	char pointer[ARGUMENT_POINTER_BYTES], detail[ARGUMENT_DETAIL_BYTES];

	snprintf(pointer, sizeof pointer, "%s%s", argument->source == ACTION_QUERY ? "" : "/",
	    argument->name);
	snprintf(detail, sizeof detail, is_typed ? "The %s %s." : "\"%s\" %s.", argument->name,
	    predicate);
	refuse(arguments, argument->source, pointer, detail);
}

/*
 * Repeat a name that nobody knows: as a pointer with RFC 6901's escapes, or
 * as it is.  Cut to NAME_SHOWN_MAX bytes, but not within a character.
 */
static void
refuse_unknown(struct arguments *arguments, enum action_source source, const char *name)
{
	char pointer[ARGUMENT_POINTER_BYTES];
	size_t shown = strlen(name), len = 0;

	if (shown > NAME_SHOWN_MAX) {
		shown = NAME_SHOWN_MAX;
		while (shown > 0 && ((unsigned char)name[shown] & 0xc0) == 0x80)
			shown--;
	}
	if (source == ACTION_BODY)
		pointer[len++] = '/';
	for (size_t i = 0; i < shown; i++) {
		char c = name[i];

		if (source == ACTION_BODY && (c == '~' || c == '/')) {
			pointer[len++] = '~';
			c = c == '~' ? '0' : '1';
		}
		pointer[len++] = c;
	}
	pointer[len] = '\0';
	refuse(arguments, source, pointer,
	    source == ACTION_BODY ? "There is no such field." : "There is no such parameter.");
}

/* A text's characters, not bytes. */
static int64_t
count_characters(const char *text)
{
	int64_t characters = 0;

	for (; *text != '\0'; text++)
		characters += ((unsigned char)*text & 0xc0) != 0x80;
	return characters;
}

static bool
is_too_short(const struct action_argument *argument, const char *text)
{
	return count_characters(text) < argument->minimum;
}

static bool
is_too_long(const struct action_argument *argument, const char *text)
{
	int64_t length =
	    argument->type == ACTION_PASSWORD ? (int64_t)strlen(text) : count_characters(text);

	return length > argument->maximum;
}

static void
explain_longest(const struct action_argument *argument, char *predicate, size_t capacity)
{
	snprintf(predicate, capacity, "must not be longer than %" PRId64 " characters",
	    argument->maximum);
}

/* text: NULL where the value is none. */
static void
explain_text(
    const struct action_argument *argument, const char *text, char *predicate, size_t capacity)
{
	if (text == NULL)
		snprintf(predicate, capacity, "must be text");
	else if (text[0] == '\0')
		snprintf(predicate, capacity, "must not be empty");
	else if (is_too_short(argument, text))
		snprintf(predicate, capacity, "must have at least %" PRId64 " characters",
		    argument->minimum);
	else if (argument->type == ACTION_PASSWORD)
		snprintf(predicate, capacity,
		    "must not be longer than %" PRId64 " bytes; a plain letter or digit is one, "
		    "any other character up to four",
		    argument->maximum);
	else
		explain_longest(argument, predicate, capacity);
}

/* text: of a value that is to be one, or NULL. */
static void
refuse_value(struct arguments *arguments, const struct action_argument *argument, const char *text)
{
	char predicate[ARGUMENT_DETAIL_BYTES];

	switch (argument->type) {
	case ACTION_INTEGER:
		if (argument->maximum == INT64_MAX)
			snprintf(predicate, sizeof predicate,
			    "must be a whole number of at least %" PRId64, argument->minimum);
		else
			snprintf(predicate, sizeof predicate,
			    "must be a whole number from %" PRId64 " to %" PRId64,
			    argument->minimum, argument->maximum);
		break;
	case ACTION_STRING:
	case ACTION_SECRET:
	case ACTION_PASSWORD: explain_text(argument, text, predicate, sizeof predicate); break;
	case ACTION_BOOLEAN: snprintf(predicate, sizeof predicate, "must be true or false"); break;
	case ACTION_TOPIC:
		snprintf(predicate, sizeof predicate,
		    "must be of 1 to %d letters and digits of ASCII and " TOPIC_MARKS, TOPIC_BYTES);
		break;
	}
	refuse_argument(arguments, argument, predicate);
}

/* A value out of the path or the query, decoded, in the slot where it will stay. */
static bool
is_fit_text(const struct action_argument *argument, const char *text)
{
	int64_t number;

	switch (argument->type) {
	case ACTION_INTEGER:
		return http_parse_integer(
		    span_of(text), argument->minimum, argument->maximum, &number);
	case ACTION_STRING:
	case ACTION_SECRET:
	case ACTION_PASSWORD: return !is_too_short(argument, text) && !is_too_long(argument, text);
	case ACTION_BOOLEAN: return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
	case ACTION_TOPIC: return topic_is_name(span_of(text));
	}
	return false;
}

static bool
bind_path(const struct action *action, struct span value, struct arguments *arguments)
{
	const struct action_argument *argument =
	    action_find_argument(action, ACTION_PATH, action_path_name(action));
	char *text;
	int64_t number;

	if (argument == NULL)
		return true;
	text = arguments->texts[index_of(action, argument)];
	arguments->values[index_of(action, argument)] = text;
	if (argument->type == ACTION_TOPIC) {
		snprintf(text, ARGUMENT_QUERY_BYTES, "%.*s", (int)value.len, value.at);
		if (!topic_is_name(value))
			refuse_value(arguments, argument, NULL);
		return true;
	}
	if (!http_parse_integer(value, argument->minimum, argument->maximum, &number))
		return false;
	snprintf(text, ARGUMENT_QUERY_BYTES, "%" PRId64, number);
	return true;
}

/* One name=value of the query; false where it is not well encoded. */
static bool
bind_pair(
    const struct action *action, struct span name, struct span value, struct arguments *arguments)
{
	char plain[ARGUMENT_QUERY_BYTES];
	const struct action_argument *argument = NULL;
	enum http_found found = http_decode_percent(name, true, plain, sizeof plain);
	size_t i;

	if (found == HTTP_MALFORMED)
		return false;
	if (found == HTTP_FOUND)
		argument = action_find_argument(action, ACTION_QUERY, span_of(plain));
	/* A POST that stands for another method has said so here: request.c. */
	if (argument == NULL && found == HTTP_FOUND && strcmp(plain, REQUEST_METHOD_QUERY) == 0 &&
	    strcmp(action->method, "POST") != 0 && span_equals(value, action->method))
		return true;
	if (argument == NULL) {
		refuse_unknown(arguments, ACTION_QUERY, found == HTTP_FOUND ? plain : "");
		return true;
	}
	i = index_of(action, argument);
	if (arguments->values[i] != NULL) {
		refuse_argument(arguments, argument, "is given more than once");
		return true;
	}
	found = http_decode_percent(value, true, arguments->texts[i], ARGUMENT_QUERY_BYTES);
	if (found == HTTP_MALFORMED)
		return false;
	/* A name alone is a flag that is set: "?unread". */
	if (argument->type == ACTION_BOOLEAN && arguments->texts[i][0] == '\0')
		snprintf(arguments->texts[i], ARGUMENT_QUERY_BYTES, "true");
	arguments->values[i] = arguments->texts[i];
	if (found == HTTP_TOO_LONG && is_text(argument)) {
		char predicate[ARGUMENT_DETAIL_BYTES];

		explain_longest(argument, predicate, sizeof predicate);
		refuse_argument(arguments, argument, predicate);
		return true;
	}
	if (found != HTTP_FOUND || !is_fit_text(argument, arguments->texts[i]))
		refuse_value(arguments, argument, arguments->texts[i]);
	return true;
}

static void
bind_member(const struct action *action, const char *name, struct json_object *value,
    struct arguments *arguments)
{
	const struct action_argument *argument =
	    action_find_argument(action, ACTION_BODY, span_of(name));
	const char *text = NULL;
	bool fits = false;
	size_t i;
	int64_t number;

	if (argument == NULL) {
		refuse_unknown(arguments, ACTION_BODY, name);
		return;
	}
	if (value == NULL)
		return; /* null says the same as leaving it out */
	i = index_of(action, argument);
	arguments->values[i] = arguments->texts[i];
	switch (argument->type) {
	case ACTION_INTEGER:
		fits = json_integer_of(value, argument->minimum, argument->maximum, &number);
		if (fits)
			snprintf(arguments->texts[i], ARGUMENT_QUERY_BYTES, "%" PRId64, number);
		break;
	case ACTION_STRING:
	case ACTION_SECRET:
	case ACTION_PASSWORD:
		if (json_object_is_type(value, json_type_string))
			text = json_object_get_string(value);
		fits = text != NULL && is_fit_text(argument, text);
		if (fits)
			arguments->values[i] = text;
		break;
	case ACTION_BOOLEAN:
		fits = json_object_is_type(value, json_type_boolean);
		if (fits)
			arguments->values[i] = json_object_get_boolean(value) ? "true" : "false";
		break;
	case ACTION_TOPIC: break; /* in no body */
	}
	if (!fits)
		refuse_value(arguments, argument, text);
}

/* An absent argument gets its preset, or is missing. */
static void
fill_absent(const struct action *action, struct arguments *arguments)
{
	for (const struct action_argument *a = action->arguments; a->name != NULL; a++) {
		size_t i = index_of(action, a);

		arguments->count = i + 1;
		if (arguments->values[i] != NULL)
			continue;
		arguments->values[i] = a->preset;
		if (a->required)
			refuse_argument(arguments, a, "is missing");
	}
}

enum arguments_outcome
arguments_bind(const struct action *action, struct span path_value, struct span query,
    struct json_object *body, struct arguments *arguments)
{
	struct span name, value;

	arguments->count = arguments->error_count = 0;
	memset(arguments->values, 0, sizeof arguments->values);
	if (!bind_path(action, path_value, arguments))
		return ARGUMENTS_NO_TARGET;
	while (http_next_query_pair(&query, &name, &value))
		if (!bind_pair(action, name, value, arguments))
			return ARGUMENTS_MALFORMED;
	if (body != NULL) {
		json_object_object_foreach(body, member, item)
		{
			bind_member(action, member, item, arguments);
		}
	}
	fill_absent(action, arguments);
	return arguments->error_count == 0 ? ARGUMENTS_BOUND : ARGUMENTS_REFUSED;
}
