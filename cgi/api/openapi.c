/*
 * Everything in the document comes out of the rows, so it says what the
 * program does.  Answers are described by status only: their shape is what
 * the SQL functions return.
 */
#include "cgi/api/openapi.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cgi/api/actions.h"
#include "common/credentials.h"
#include "common/http.h"
#include "common/json.h"
#include "common/problem.h"
#include "common/topic.h"

static void
add_string(struct json_object *to, const char *name, const char *value)
{
	json_object_object_add(to, name, json_object_new_string(value));
}

/* Add an empty object and return it. */
static struct json_object *
add_object(struct json_object *to, const char *name)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(to, name, object);
	return object;
}

static struct json_object *
make_reference(const char *target)
{
	struct json_object *reference = json_object_new_object();

	add_string(reference, "$ref", target);
	return reference;
}

static struct json_object *
make_schema(const struct action_argument *argument)
{
	static const char *const types[] = { [ACTION_INTEGER] = "integer",
		[ACTION_STRING] = "string",
		[ACTION_SECRET] = "string",
		[ACTION_PASSWORD] = "string",
		[ACTION_BOOLEAN] = "boolean",
		[ACTION_TOPIC] = "string" };
	bool is_string = strcmp(types[argument->type], "string") == 0;
	struct json_object *schema = json_object_new_object();

	add_string(schema, "type", types[argument->type]);
	if (argument->type != ACTION_BOOLEAN) {
		json_object_object_add(schema, is_string ? "minLength" : "minimum",
		    json_object_new_int64(argument->minimum));
		json_object_object_add(schema, is_string ? "maxLength" : "maximum",
		    json_object_new_int64(argument->maximum));
	}
	if (argument->type == ACTION_PASSWORD)
		add_string(schema, "description", "The longest is counted in bytes.");
	if (argument->type == ACTION_TOPIC)
		add_string(schema, "pattern", TOPIC_PATTERN);
	if (argument->preset != NULL)
		json_object_object_add(schema, "default",
		    is_string ? json_object_new_string(argument->preset)
			      : json_tokener_parse(argument->preset));
	return schema;
}

static void
add_parameters(struct json_object *operation, const struct action *action)
{
	struct json_object *parameters = json_object_new_array();

	for (const struct action_argument *a = action->arguments; a->name != NULL; a++) {
		struct json_object *parameter;

		if (a->source == ACTION_BODY)
			continue;
		parameter = json_object_new_object();
		add_string(parameter, "name", a->name);
		add_string(parameter, "in", a->source == ACTION_PATH ? "path" : "query");
		json_object_object_add(parameter, "required", json_object_new_boolean(a->required));
		json_object_object_add(parameter, "schema", make_schema(a));
		json_object_array_add(parameters, parameter);
	}
	json_object_object_add(operation, "parameters", parameters);
}

static void
add_request_body(struct json_object *operation, const struct action *action)
{
	struct json_object *schema = json_object_new_object();
	struct json_object *properties = add_object(schema, "properties");
	struct json_object *required = json_object_new_array();
	struct json_object *body;

	add_string(schema, "type", "object");
	json_object_object_add(schema, "required", required);
	json_object_object_add(schema, "additionalProperties", json_object_new_boolean(false));
	for (const struct action_argument *a = action->arguments; a->name != NULL; a++) {
		if (a->source != ACTION_BODY)
			continue;
		json_object_object_add(properties, a->name, make_schema(a));
		if (a->required)
			json_object_array_add(required, json_object_new_string(a->name));
	}
	if (json_object_object_length(properties) == 0) {
		json_object_put(schema);
		return;
	}
	body = add_object(operation, "requestBody");
	json_object_object_add(
	    body, "required", json_object_new_boolean(json_object_array_length(required) > 0));
	json_object_object_add(
	    add_object(add_object(body, "content"), "application/json"), "schema", schema);
}

static void
add_too_early(struct json_object *responses)
{
	struct json_object *response = add_object(responses, "429");
	struct json_object *header = add_object(add_object(response, "headers"), "Retry-After");

	add_string(response, "description", "Too early to try again");
	add_string(add_object(header, "schema"), "type", "integer");
	add_object(add_object(response, "content"), PROBLEM_MEDIA_TYPE);
}

static void
add_responses(struct json_object *operation, const struct action *action)
{
	struct json_object *responses = add_object(operation, "responses");
	struct json_object *success;
	char status[12];

	snprintf(status, sizeof status, "%d", action->status);
	success = add_object(responses, status);
	add_string(success, "description", http_reason_phrase(action->status));
	if (action->status != 204)
		add_string(
		    add_object(
			add_object(add_object(success, "content"), "application/json"), "schema"),
		    "type", "object");
	if (action->location != NULL)
		add_string(
		    add_object(add_object(add_object(success, "headers"), "Location"), "schema"),
		    "type", "string");
	if (action->may_refuse)
		add_too_early(responses);
	json_object_object_add(
	    responses, "default", make_reference("#/components/responses/Problem"));
}

static void
add_security(struct json_object *operation, const struct action *action)
{
	struct json_object *either = json_object_new_array();
	static const char *const schemes[] = { "token", "cookie" };

	if (action->is_public && action->knows_callers) /* or none */
		json_object_array_add(either, json_object_new_object());
	for (size_t i = 0; i < 2 && (!action->is_public || action->knows_callers); i++) {
		struct json_object *scheme = json_object_new_object();

		json_object_object_add(scheme, schemes[i], json_object_new_array());
		json_object_array_add(either, scheme);
	}
	json_object_object_add(operation, "security", either);
}

static struct json_object *
make_operation(const struct action *action)
{
	struct json_object *operation = json_object_new_object();
	char words[80];

	add_string(operation, "summary", action->summary);
	if (strcmp(action->method, "PUT") == 0 || strcmp(action->method, "DELETE") == 0) {
		snprintf(words, sizeof words,
		    "Where only GET and POST pass: POST with the query ?" REQUEST_METHOD_QUERY
		    "=%s.",
		    action->method);
		add_string(operation, "description", words);
	}
	if (action->function != NULL)
		add_string(operation, "operationId", strchr(action->function, '.') + 1);
	add_security(operation, action);
	add_parameters(operation, action);
	add_request_body(operation, action);
	add_responses(operation, action);
	return operation;
}

static void
add_paths(struct json_object *document, bool has_example)
{
	struct json_object *paths = add_object(document, "paths");

	for (size_t i = 0; i < action_count; i++) {
		struct json_object *path;
		char method[8];

		if (action_is_example(&actions[i]) && !has_example)
			continue;
		if (!json_object_object_get_ex(paths, actions[i].path, &path))
			path = add_object(paths, actions[i].path);
		snprintf(method, sizeof method, "%s", actions[i].method);
		for (char *c = method; *c != '\0'; c++)
			*c = (char)(*c | 0x20); /* to lower case */
		json_object_object_add(path, method, make_operation(&actions[i]));
	}
}

static void
add_components(struct json_object *document)
{
	struct json_object *components = add_object(document, "components");
	struct json_object *schemes = add_object(components, "securitySchemes");
	struct json_object *token = add_object(schemes, "token");
	struct json_object *cookie = add_object(schemes, "cookie");
	struct json_object *problem = add_object(add_object(components, "responses"), "Problem");
	struct json_object *schema =
	    add_object(add_object(add_object(problem, "content"), PROBLEM_MEDIA_TYPE), "schema");
	struct json_object *properties = add_object(schema, "properties");
	static const char *const texts[] = { "type", "title", "detail" };

	add_string(token, "type", "http");
	add_string(token, "scheme", "bearer");
	add_string(cookie, "type", "apiKey");
	add_string(cookie, "in", "cookie");
	add_string(cookie, "name", CREDENTIALS_COOKIE_NAME);
	add_string(problem, "description", "Refused or failed (RFC 9457)");
	add_string(schema, "type", "object");
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		add_string(add_object(properties, texts[i]), "type", "string");
	add_string(add_object(properties, "status"), "type", "integer");
	add_string(add_object(properties, "errors"), "type", "array");
}

char *
openapi_format(bool has_example)
{
	struct json_object *document = json_object_new_object();
	struct json_object *info;

	add_string(document, "openapi", "3.1.0");
	info = add_object(document, "info");
	add_string(info, "title", "pgbell");
	add_string(info, "version", PGBELL_VERSION);
	add_paths(document, has_example);
	add_components(document);
	return json_format(document,
	    JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);
}
