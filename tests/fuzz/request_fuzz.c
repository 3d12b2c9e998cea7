/*
 * Fuzz a whole request up to the database's door: lines of NAME=value, an
 * empty line, the body.  Whatever comes, there is either a call whose
 * parameters may be sent, or a problem that is JSON.
 */
#include "cgi/api/request.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "cgi/api/arguments.h"
#include "common/http.h"
#include "common/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define VARIABLES_MAX 16
#define BODY_BYTES 4096

static void
expect(bool holds)
{
	if (!holds)
		abort();
}

/* Cut text into its lines, up to an empty one; returns what follows that. */
static char *
cut_lines(char *text, char *environment[VARIABLES_MAX + 1])
{
	size_t count = 0;

	while (*text != '\0' && *text != '\n' && count < VARIABLES_MAX) {
		char *end = strchrnul(text, '\n');

		environment[count++] = text;
		text = *end == '\0' ? end : end + 1;
		*end = '\0';
	}
	environment[count] = NULL;
	return *text == '\n' ? text + 1 : text;
}

static void
check_problem(const struct problem *problem)
{
	char *text = problem_format(problem);
	struct json_object *json;

	expect(problem->status >= 400 && problem->status < 500);
	expect(json_read_text(span_of(text), &json) == JSON_OUTCOME_OK);
	json_object_put(json);
	free(text);
}

static void
check_arguments(
    const struct action_route *route, const struct request *request, struct json_object *body)
{
	struct arguments arguments;

	switch (
	    arguments_bind(route->action, route->path_value, request->query, body, &arguments)) {
	case ARGUMENTS_BOUND:
		expect(arguments.error_count == 0 && arguments.count <= ACTION_ARGUMENTS_MAX);
		for (size_t i = 0; i < arguments.count; i++) {
			const struct action_argument *argument = &route->action->arguments[i];

			expect(arguments.values[i] != NULL || !argument->required);
			expect(arguments.values[i] == NULL ||
			       http_is_utf8(span_of(arguments.values[i])));
		}
		break;
	case ARGUMENTS_REFUSED:
		expect(arguments.error_count > 0);
		check_problem(&(struct problem){ .status = 422,
		    .fields = arguments.errors,
		    .field_count = arguments.error_count });
		break;
	case ARGUMENTS_NO_TARGET:
	case ARGUMENTS_MALFORMED: break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *environment[VARIABLES_MAX + 1], *body_text;
	struct json_object *body = NULL;
	static const struct request_rules rules = { BODY_BYTES, "https://a.example", false };
	struct action_route route;
	struct request request;
	struct problem problem;

	if (text == NULL)
		abort();
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	body_text = cut_lines(text, environment);
	if (!request_read(environment, &request, &problem)) {
		check_problem(&problem);
	} else if (action_find(request.method, span_of(request.path), &route) == ACTION_MATCHED) {
		if (!request_admit(&request, route.action, &rules, &problem))
			check_problem(&problem);
		else if (json_read_text(span_of(body_text), &body) != JSON_OUTCOME_OK ||
			 json_object_is_type(body, json_type_object))
			check_arguments(&route, &request, body);
		json_object_put(body);
	}
	free(text);
	return 0;
}
