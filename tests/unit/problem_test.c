/* Problem details: golden texts. */
#include "common/problem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
// cmocka wants the four headers above it
#include <cmocka.h>

static void
assert_problem(const struct problem *problem, const char *expected)
{
	char *text = problem_format(problem);

	assert_string_equal(text, expected);
	free(text);
}

static void
a_status_alone_gives_type_and_title(void **state)
{
	(void)state;
	assert_problem(&(struct problem){ .status = 404 },
	    "{\"type\":\"urn:pgbell:problem:not-found\",\"title\":\"Not Found\",\"status\":404}");
	assert_problem(&(struct problem){ .status = 503 },
	    "{\"type\":\"urn:pgbell:problem:service-unavailable\",\"title\":\"Service "
	    "Unavailable\","
	    "\"status\":503}");
}

static void
a_slug_names_a_type_of_its_own(void **state)
{
	(void)state;
	assert_problem(
	    &(struct problem){ .status = 429, .slug = "too-many-streams", .detail = "Wait." },
	    "{\"type\":\"urn:pgbell:problem:too-many-streams\",\"title\":\"Too Many Requests\","
	    "\"status\":429,\"detail\":\"Wait.\"}");
}

static void
fields_are_named_by_pointer_or_parameter(void **state)
{
	const struct problem_field fields[] = {
		{ .pointer = "/title", .detail = "is missing" },
		{ .parameter = "limit", .detail = "must be an integer" },
	};

	(void)state;
	assert_problem(&(struct problem){ .status = 422, .fields = fields, .field_count = 2 },
	    "{\"type\":\"urn:pgbell:problem:unprocessable-content\",\"title\":\"Unprocessable "
	    "Content\","
	    "\"status\":422,\"errors\":[{\"pointer\":\"/title\",\"detail\":\"is missing\"},"
	    "{\"parameter\":\"limit\",\"detail\":\"must be an integer\"}]}");
}

static void
whatever_stands_in_a_text_the_json_stays_whole(void **state)
{
	(void)state;
	assert_problem(
	    &(struct problem){ .status = 400, .detail = "\"\\\r\n</script>\x01\xe2\x82\xac" },
	    "{\"type\":\"urn:pgbell:problem:bad-request\",\"title\":\"Bad Request\",\"status\":400,"
	    "\"detail\":\"\\\"\\\\\\r\\n</script>\\u0001\xe2\x82\xac\"}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_alone_gives_type_and_title),
		cmocka_unit_test(a_slug_names_a_type_of_its_own),
		cmocka_unit_test(fields_are_named_by_pointer_or_parameter),
		cmocka_unit_test(whatever_stands_in_a_text_the_json_stays_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
