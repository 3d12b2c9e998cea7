/*
 * The type and the title both follow from the status unless a slug is
 * given, so a client may rely on either and they cannot disagree.
 */
#include "common/problem.h"

#include <ctype.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "common/http.h"
#include "common/json.h"

#define TYPE_PREFIX "urn:pgbell:problem:"

/* "urn:pgbell:problem:not-found" out of the slug, or of the phrase "Not Found". */
static struct json_object *
make_type(const char *slug)
{
	char type[sizeof TYPE_PREFIX + 64];
	size_t len = (size_t)snprintf(type, sizeof type, TYPE_PREFIX "%.63s", slug);

	for (size_t i = sizeof TYPE_PREFIX - 1; i < len; i++)
		if (type[i] == ' ')
			type[i] = '-';
		else
			type[i] = (char)tolower((unsigned char)type[i]);
	return json_object_new_string(type);
}

static struct json_object *
make_errors(const struct problem_field *fields, size_t count)
{
	struct json_object *errors = json_object_new_array();

	for (size_t i = 0; i < count; i++) {
		struct json_object *error = json_object_new_object();
		const char *member = fields[i].parameter != NULL ? "parameter" : "pointer";
		const char *place =
		    fields[i].parameter != NULL ? fields[i].parameter : fields[i].pointer;

		json_object_object_add(error, member, json_object_new_string(place));
		json_object_object_add(error, "detail", json_object_new_string(fields[i].detail));
		json_object_array_add(errors, error);
	}
	return errors;
}

char *
problem_format(const struct problem *problem)
{
	struct json_object *body = json_object_new_object();
	const char *title = http_reason_phrase(problem->status);

	json_object_object_add(
	    body, "type", make_type(problem->slug != NULL ? problem->slug : title));
	json_object_object_add(body, "title", json_object_new_string(title));
	json_object_object_add(body, "status", json_object_new_int(problem->status));
	if (problem->detail != NULL)
		json_object_object_add(body, "detail", json_object_new_string(problem->detail));
	if (problem->field_count > 0)
		json_object_object_add(
		    body, "errors", make_errors(problem->fields, problem->field_count));
	return json_format(body, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}
