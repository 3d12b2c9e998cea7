/* Asked anew each time: what is installed may change under a worker. */
#include "cgi/api/installation.h"

#include <json-c/json.h>

bool
installation_has_example(struct executor *executor)
{
	const char *const nobody[] = { NULL };
	struct executor_answer answer = { .json = NULL };
	struct json_object *installation, *example = NULL;
	bool has_example = true;

	executor_run(executor,
	    &(struct executor_call){ .function = "pgbell.describe_installation",
		.values = nobody,
		.count = 1,
		.is_safe = true },
	    &answer);
	installation = answer.json == NULL ? NULL : json_tokener_parse(answer.json);
	if (json_object_object_get_ex(installation, "example", &example))
		has_example = json_object_get_boolean(example);
	json_object_put(installation);
	executor_release_answer(&answer);
	return has_example;
}
