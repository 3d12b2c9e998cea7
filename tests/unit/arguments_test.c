/* Binding a request's values to a row's arguments. */
#include "cgi/api/arguments.h"

#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#include "common/json.h"
#include "common/topic.h"
#include "tests/unit/exact.h"

static const struct action row = { "POST", "/api/things/{id}", "qa.thing", 200, "A thing",
	.arguments = {
	    { "id", ACTION_PATH, ACTION_INTEGER, true, 1, INT64_MAX, NULL },
	    { "limit", ACTION_QUERY, ACTION_INTEGER, false, 1, 100, "20" },
	    { "flag", ACTION_QUERY, ACTION_BOOLEAN, false, 0, 0, NULL },
	    { "name", ACTION_BODY, ACTION_STRING, true, 1, 3, NULL },
	} };
static const struct action body_row = { "PUT", "/api/things", "qa.things", 200, "Things",
	.arguments = {
	    { "up_to", ACTION_BODY, ACTION_INTEGER, false, 1, 50, NULL },
	    { "all", ACTION_BODY, ACTION_BOOLEAN, false, 0, 0, NULL },
	} };
static const struct action password_row = { "POST", "/api/things", "qa.things", 200, "Things",
	.arguments = { { "password", ACTION_BODY, ACTION_PASSWORD, true, 3, 6, NULL } } };

static struct arguments arguments;
static struct json_object *body;

/* What the stack held before is what a buffer holds that nobody filled. */
__attribute__((noinline)) static void
litter_stack(void)
{
	volatile char litter[8192];

	for (size_t i = 0; i < sizeof litter; i++)
		litter[i] = 'x';
}

static enum arguments_outcome
bind(const struct action *action, const char *id, const char *query, const char *text)
{
	struct span path_value = exact(id), exact_query = exact(query);

	json_object_put(body);
	body = NULL;
	if (text[0] != '\0')
		assert_int_equal(json_read_text(exact(text), &body), JSON_OUTCOME_OK);
	litter_stack();
	return arguments_bind(action, path_value, exact_query, body, &arguments);
}

static int
release(void **state)
{
	(void)state;
	json_object_put(body);
	body = NULL;
	return 0;
}

static void
assert_error(size_t i, const char *place, const char *detail)
{
	const struct problem_field *field = &arguments.errors[i];

	assert_true(i < arguments.error_count);
	assert_string_equal(field->parameter != NULL ? field->parameter : field->pointer, place);
	assert_string_equal(field->detail, detail);
	assert_true((field->parameter != NULL) == (place[0] != '/'));
}

static void
values_of_all_sources_stand_in_the_rows_order(void **state)
{
	(void)state;
	assert_int_equal(
	    bind(&row, "7", "flag=true&limit=3", "{\"name\":\"abc\"}"), ARGUMENTS_BOUND);
	assert_int_equal(arguments.count, 4);
	assert_string_equal(arguments.values[0], "7");
	assert_string_equal(arguments.values[1], "3");
	assert_string_equal(arguments.values[2], "true");
	assert_string_equal(arguments.values[3], "abc");
}

static void
what_is_absent_gets_its_preset_or_null(void **state)
{
	(void)state;
	assert_int_equal(bind(&row, "7", "", "{\"name\":\"abc\"}"), ARGUMENTS_BOUND);
	assert_string_equal(arguments.values[1], "20");
	assert_null(arguments.values[2]);
	assert_int_equal(bind(&body_row, "", "", "{\"up_to\":null}"), ARGUMENTS_BOUND);
	assert_null(arguments.values[0]);
	assert_int_equal(bind(&body_row, "", "", ""), ARGUMENTS_BOUND);
	assert_int_equal(arguments.count, 2);
	assert_null(arguments.values[0]);
	assert_null(arguments.values[1]);
}

static void
a_number_in_the_path_that_is_no_id_has_no_target(void **state)
{
	(void)state;
	assert_int_equal(bind(&row, "0", "", ""), ARGUMENTS_NO_TARGET);
	assert_int_equal(bind(&row, "9223372036854775808", "", ""), ARGUMENTS_NO_TARGET);
	assert_int_equal(
	    bind(&row, "9223372036854775807", "", "{\"name\":\"a\"}"), ARGUMENTS_BOUND);
	assert_int_equal(bind(&row, "007", "", "{\"name\":\"a\"}"), ARGUMENTS_BOUND);
	assert_string_equal(arguments.values[0], "7");
}

static void
a_topic_in_the_path_is_taken_or_refused_with_a_pointer(void **state)
{
	static const struct action topic_row = { "GET", "/{topic}", "f", 200, "",
		.arguments = {
		    { "topic", ACTION_PATH, ACTION_TOPIC, true, 1, TOPIC_BYTES, NULL } } };
	static const char *const bad[] = { "a b", "a;b", "a=b", "\xc3\xa9", "a\x01", "a,b" };
	char longest[TOPIC_BYTES + 2];

	(void)state;
	memset(longest, 'x', sizeof longest);
	longest[TOPIC_BYTES] = '\0';
	assert_int_equal(bind(&topic_row, longest, "", ""), ARGUMENTS_BOUND);
	assert_string_equal(arguments.values[0], longest);
	assert_int_equal(bind(&topic_row, "public:a/1", "", ""), ARGUMENTS_BOUND);
	assert_string_equal(arguments.values[0], "public:a/1");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(bind(&topic_row, bad[i], "", ""), ARGUMENTS_REFUSED);
		assert_error(0, "/topic",
		    "The topic must be of 1 to 128 letters and digits of ASCII and ._~:/@-.");
		assert_int_equal(arguments.error_count, 1);
	}
	longest[TOPIC_BYTES] = 'x';
	longest[TOPIC_BYTES + 1] = '\0';
	assert_int_equal(bind(&topic_row, longest, "", ""), ARGUMENTS_REFUSED);
}

static void
a_query_value_outside_its_range_is_refused(void **state)
{
	static const char *const bad[] = { "limit=0", "limit=101", "limit=", "limit", "limit=1.0",
		"limit=abc",
		"limit=99999999999999999999999999999999999999999999999999999999999999999" };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(bind(&row, "7", bad[i], "{\"name\":\"a\"}"), ARGUMENTS_REFUSED);
		assert_error(0, "limit", "\"limit\" must be a whole number from 1 to 100.");
		assert_int_equal(arguments.error_count, 1);
	}
	assert_int_equal(bind(&row, "7", "limit=1", "{\"name\":\"a\"}"), ARGUMENTS_BOUND);
	assert_int_equal(bind(&row, "7", "limit=100", "{\"name\":\"a\"}"), ARGUMENTS_BOUND);
	assert_int_equal(bind(&row, "7", "flag=1", "{\"name\":\"a\"}"), ARGUMENTS_REFUSED);
	assert_error(0, "flag", "\"flag\" must be true or false.");
}

static void
a_query_name_that_is_unknown_or_doubled_is_refused(void **state)
{
	(void)state;
	assert_int_equal(bind(&row, "7", "token=s3cret", "{\"name\":\"a\"}"), ARGUMENTS_REFUSED);
	assert_error(0, "token", "There is no such parameter.");
	assert_int_equal(bind(&row, "7", "id=8", "{\"name\":\"a\"}"), ARGUMENTS_REFUSED);
	assert_error(0, "id", "There is no such parameter.");
	assert_int_equal(
	    bind(&row, "7", "limit=1&limi%74=1", "{\"name\":\"a\"}"), ARGUMENTS_REFUSED);
	assert_error(0, "limit", "\"limit\" is given more than once.");
	assert_int_equal(bind(&row, "7", "=1", "{\"name\":\"a\"}"), ARGUMENTS_REFUSED);
}

static void
a_query_name_longer_than_any_is_unknown(void **state)
{
	char query[ARGUMENT_QUERY_BYTES + 1];

	(void)state;
	for (size_t length = sizeof query - 3; length < sizeof query; length++) {
		memset(query, 'n', length);
		query[length] = '\0';
		assert_int_equal(bind(&row, "7", query, "{\"name\":\"abc\"}"), ARGUMENTS_REFUSED);
		assert_int_equal(arguments.error_count, 1);
		assert_string_equal(arguments.errors[0].detail, "There is no such parameter.");
	}
}

static void
a_query_that_is_not_well_encoded_is_malformed(void **state)
{
	(void)state;
	assert_int_equal(bind(&row, "7", "limit=%", "{\"name\":\"a\"}"), ARGUMENTS_MALFORMED);
	assert_int_equal(bind(&row, "7", "%ff=1", "{\"name\":\"a\"}"), ARGUMENTS_MALFORMED);
	assert_int_equal(bind(&row, "7", "limit=%00", "{\"name\":\"a\"}"), ARGUMENTS_MALFORMED);
}

static void
a_strings_length_is_counted_in_characters(void **state)
{
	(void)state;
	assert_int_equal(
	    bind(&row, "7", "", "{\"name\":\"\\u20ac\\ud83d\\ude00\xc3\xa9\"}"), ARGUMENTS_BOUND);
	assert_int_equal(bind(&row, "7", "", "{\"name\":\"abcd\"}"), ARGUMENTS_REFUSED);
	assert_error(0, "/name", "The name must not be longer than 3 characters.");
	assert_int_equal(bind(&row, "7", "", "{\"name\":\"\"}"), ARGUMENTS_REFUSED);
	assert_error(0, "/name", "The name must not be empty.");
}

static void
a_password_has_enough_characters_and_not_too_many_bytes(void **state)
{
	(void)state;
	assert_int_equal(bind(&password_row, "", "", "{\"password\":\"abc\"}"), ARGUMENTS_BOUND);
	assert_int_equal(
	    bind(&password_row, "", "", "{\"password\":\"\u00e9\u00e9\u00e9\"}"), ARGUMENTS_BOUND);
	assert_int_equal(
	    bind(&password_row, "", "", "{\"password\":\"\u00e9\u00e9\"}"), ARGUMENTS_REFUSED);
	assert_error(0, "/password", "The password must have at least 3 characters.");
	assert_int_equal(bind(&password_row, "", "", "{\"password\":\"a\u00e9\u00e9\u00e9\"}"),
	    ARGUMENTS_REFUSED);
	assert_error(0, "/password",
	    "The password must not be longer than 6 bytes; a plain letter or digit is one, any "
	    "other character up to four.");
}

static void
a_body_value_of_another_type_is_refused(void **state)
{
	static const char *const names[] = { "1", "true", "[]", "{}", "[\"a\"]" };
	static const char *const numbers[] = { "\"1\"", "1.0", "true", "[]", "0", "51", "-1",
		"18446744073709551617" };
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(text, sizeof text, "{\"name\":%s}", names[i]);
		assert_int_equal(bind(&row, "7", "", text), ARGUMENTS_REFUSED);
		assert_int_equal(arguments.error_count, 1);
		assert_error(0, "/name", "The name must be text.");
	}
	assert_int_equal(bind(&row, "7", "", "{\"name\":null}"), ARGUMENTS_REFUSED);
	assert_error(0, "/name", "The name is missing.");
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		snprintf(text, sizeof text, "{\"up_to\":%s}", numbers[i]);
		assert_int_equal(bind(&body_row, "", "", text), ARGUMENTS_REFUSED);
		assert_error(0, "/up_to", "\"up_to\" must be a whole number from 1 to 50.");
	}
	assert_int_equal(bind(&body_row, "", "", "{\"all\":1}"), ARGUMENTS_REFUSED);
	assert_error(0, "/all", "\"all\" must be true or false.");
	assert_int_equal(bind(&body_row, "", "", "{\"all\":false,\"up_to\":50}"), ARGUMENTS_BOUND);
	assert_string_equal(arguments.values[0], "50");
	assert_string_equal(arguments.values[1], "false");
}

static void
all_errors_are_told_at_once(void **state)
{
	(void)state;
	assert_int_equal(bind(&row, "7", "limit=0&x=1", "{\"y\":1}"), ARGUMENTS_REFUSED);
	assert_int_equal(arguments.error_count, 4);
	assert_error(0, "limit", "\"limit\" must be a whole number from 1 to 100.");
	assert_error(1, "x", "There is no such parameter.");
	assert_error(2, "/y", "There is no such field.");
	assert_error(3, "/name", "The name is missing.");
}

static void
an_unknown_fields_name_is_escaped_and_cut(void **state)
{
	(void)state;
	assert_int_equal(bind(&body_row, "", "", "{\"a/b~c\":1}"), ARGUMENTS_REFUSED);
	assert_error(0, "/a~1b~0c", "There is no such field.");
	assert_int_equal(
	    bind(&body_row, "", "", "{\"0123456789012345678901234567890\xc3\xa9x\":1}"),
	    ARGUMENTS_REFUSED);
	assert_error(0, "/0123456789012345678901234567890", "There is no such field.");
	assert_int_equal(
	    bind(&body_row, "", "", "{\"////////////////////////////////////////\":1}"),
	    ARGUMENTS_REFUSED);
	assert_error(0, "/~1~1~1~1~1~1~1~1~1~1~1~1~1~1~1~1~1~1~1~1~1~1~1~1~1~1~1~1~1~1~1~1",
	    "There is no such field.");
}

static void
errors_are_counted_up_to_their_limit(void **state)
{
	char query[256] = "";

	(void)state;
	for (int i = 0; i < ARGUMENT_ERRORS_MAX - 1; i++)
		snprintf(query + strlen(query), sizeof query - strlen(query), "x%d=1&", i);
	assert_int_equal(bind(&body_row, "", query, ""), ARGUMENTS_REFUSED);
	assert_int_equal(arguments.error_count, ARGUMENT_ERRORS_MAX - 1);
	for (int i = 0; i < 3; i++)
		snprintf(query + strlen(query), sizeof query - strlen(query), "y%d=1&", i);
	assert_int_equal(bind(&body_row, "", query, ""), ARGUMENTS_REFUSED);
	assert_int_equal(arguments.error_count, ARGUMENT_ERRORS_MAX);
	assert_string_equal(
	    arguments.errors[ARGUMENT_ERRORS_MAX - 1].detail, "There are more errors.");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_all_sources_stand_in_the_rows_order),
		cmocka_unit_test(what_is_absent_gets_its_preset_or_null),
		cmocka_unit_test(a_number_in_the_path_that_is_no_id_has_no_target),
		cmocka_unit_test(a_topic_in_the_path_is_taken_or_refused_with_a_pointer),
		cmocka_unit_test(a_query_value_outside_its_range_is_refused),
		cmocka_unit_test(a_query_name_that_is_unknown_or_doubled_is_refused),
		cmocka_unit_test(a_query_name_longer_than_any_is_unknown),
		cmocka_unit_test(a_query_that_is_not_well_encoded_is_malformed),
		cmocka_unit_test(a_strings_length_is_counted_in_characters),
		cmocka_unit_test(a_password_has_enough_characters_and_not_too_many_bytes),
		cmocka_unit_test(a_body_value_of_another_type_is_refused),
		cmocka_unit_test(all_errors_are_told_at_once),
		cmocka_unit_test(an_unknown_fields_name_is_escaped_and_cut),
		cmocka_unit_test(errors_are_counted_up_to_their_limit),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
