/* JSON from outside: what is taken, and everything that is not. */
#include "common/json.h"

#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#include "tests/unit/exact.h"

static enum json_outcome
read_bytes(const char *bytes, size_t len)
{
	struct json_object *value = NULL;
	enum json_outcome outcome = json_read_text(exact_bytes(bytes, len), &value);

	if (outcome != JSON_OUTCOME_OK)
		assert_null(value);
	json_object_put(value);
	return outcome;
}

static enum json_outcome
read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static void
assert_all(enum json_outcome outcome, const char *const texts[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (read_text(texts[i]) != outcome)
			print_error("%s\n", texts[i]);
		assert_int_equal(read_text(texts[i]), outcome);
	}
}

#define ASSERT_ALL(outcome, ...)                                  \
	assert_all(outcome, (const char *const[]){ __VA_ARGS__ }, \
	    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static void
every_kind_of_value_is_taken(void **state)
{
	(void)state;
	ASSERT_ALL(JSON_OUTCOME_OK, "{}", "[]", "null", "true", "false", "0", "-0", "10", "-1.5e+3",
	    "1E9", "1.0", "\"\"", " { \"a\" : [ 1 , \"b\" ] } ", "\t\r\n1\n", "[[],{}]",
	    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"", "\"\xe2\x82\xac\"", "\"\x7f\"");
}

static void
what_the_grammar_does_not_know_is_malformed(void **state)
{
	(void)state;
	ASSERT_ALL(JSON_OUTCOME_MALFORMED, "", " ", "{", "}", "[", "[1", "[1,]", "[,1]", "[1 2]",
	    "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "{1:1}", "{null:1}",
	    "'a'", "{'a':1}", "NaN", "Infinity", "-Infinity", "nul", "True", "TRUE", "01", "-",
	    "-a", "+1", ".5", "1.", "1.e3", "1e", "1e+", "0x10", "1 2", "{} {}", "{}x", "[]]",
	    "// c\n1", "/* c */1", "{}/**/", "\"", "\"a", "\"\\", "\"\\x41\"", "\"\\u12\"",
	    "\"\\u12g4\"", "\"a\nb\"", "\"\t\"", "\"\x01\"", "\"\\ud83d\\u12\"", "undefined");
	assert_int_equal(read_bytes("1\0", 2), JSON_OUTCOME_MALFORMED);
	assert_int_equal(read_bytes("\"\0\"", 3), JSON_OUTCOME_MALFORMED);
	assert_int_equal(read_bytes("\"\\\0\"", 4), JSON_OUTCOME_MALFORMED);
	assert_int_equal(read_text("\xef\xbb\xbf{}"), JSON_OUTCOME_MALFORMED);
}

static void
text_that_no_database_would_take_is_refused(void **state)
{
	(void)state;
	ASSERT_ALL(JSON_OUTCOME_BAD_TEXT, "\"\\u0000\"", "{\"a\\u0000\":1}", "\"\\ud83d\"",
	    "\"\\ud83d.\"", "\"\\ud83d\\n\"", "\"\\ude00\"", "\"\\ud83d\\u0041\"",
	    "\"\\ud83d\\ud83d\"", "\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "{\"\xc3\":1}");
	assert_int_equal(read_text("\"\\ud83d\\ude00\""), JSON_OUTCOME_OK);
	assert_int_equal(read_text("\"\\\\u0000\""), JSON_OUTCOME_OK);
}

static void
a_name_that_stands_twice_in_one_object_is_refused(void **state)
{
	(void)state;
	ASSERT_ALL(JSON_OUTCOME_DOUBLED, "{\"a\":1,\"a\":1}", "{\"a\":1,\"b\":2,\"a\":null}",
	    "{\"a\":1,\"\\u0061\":2}", "{\"\":1,\"\":2}", "{\"x\":{\"a\":1,\"a\":2}}",
	    "[{\"a\":1,\"a\":2}]", "{\"a\":{\"b\":1},\"a\":{\"b\":1,\"c\":2}}");
	ASSERT_ALL(JSON_OUTCOME_OK, "{\"a\":{\"a\":1}}", "[{\"a\":1},{\"a\":1}]",
	    "{\"a\":1,\"A\":1}", "{\"a\":[{\"b\":1},{\"b\":2}],\"b\":3}");
}

static void
nesting_may_be_as_deep_as_its_limit_and_no_deeper(void **state)
{
	char text[2 * JSON_DEPTH_MAX + 4];

	(void)state;
	memset(text, '[', JSON_DEPTH_MAX);
	text[JSON_DEPTH_MAX] = '1';
	memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX);
	assert_int_equal(read_bytes(text, 2 * JSON_DEPTH_MAX + 1), JSON_OUTCOME_OK);
	memset(text, '[', JSON_DEPTH_MAX + 1);
	memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
	assert_int_equal(read_bytes(text, 2 * JSON_DEPTH_MAX + 2), JSON_OUTCOME_TOO_DEEP);
}

static void
a_very_deep_text_is_refused_without_being_followed(void **state)
{
	static char text[1000000];

	(void)state;
	memset(text, '[', sizeof text);
	assert_int_equal(read_bytes(text, sizeof text), JSON_OUTCOME_TOO_DEEP);
}

static void
every_truncation_of_an_object_is_refused(void **state)
{
	static const char whole[] =
	    "{\"a\": [1.5e-3, true, null], \"\\ud83d\\ude00\": \"\xe2\x82\xac\"}";

	(void)state;
	assert_int_equal(read_text(whole), JSON_OUTCOME_OK);
	for (size_t len = 0; len < sizeof whole - 1; len++)
		assert_int_not_equal(read_bytes(whole, len), JSON_OUTCOME_OK);
}

static void
strings_come_out_as_they_were_meant(void **state)
{
	static const char text[] = "{\"a\":\"\\u00e9\\ud83d\\ude00\\n\\/\"}";
	struct json_object *value, *a = NULL;

	(void)state;
	assert_int_equal(json_read_text(exact(text), &value), JSON_OUTCOME_OK);
	assert_true(json_object_object_get_ex(value, "a", &a));
	assert_string_equal(json_object_get_string(a), "\xc3\xa9\xf0\x9f\x98\x80\n/");
	json_object_put(value);
}

static bool
is_integer(const char *text, int64_t *integer)
{
	struct json_object *value;
	bool fits;

	assert_int_equal(json_read_text(exact(text), &value), JSON_OUTCOME_OK);
	fits = json_integer_of(value, -INT64_MAX, INT64_MAX, integer);
	json_object_put(value);
	return fits;
}

static void
integers_do_not_overflow_silently(void **state)
{
	int64_t integer;

	(void)state;
	assert_true(is_integer("0", &integer) && integer == 0);
	assert_true(is_integer("9223372036854775807", &integer) && integer == INT64_MAX);
	assert_true(is_integer("-9223372036854775807", &integer) && integer == -INT64_MAX);
	assert_false(is_integer("9223372036854775808", &integer));
	assert_false(is_integer("18446744073709551615", &integer));
	assert_false(is_integer("18446744073709551616", &integer));
	assert_false(is_integer("99999999999999999999999999", &integer));
	assert_false(is_integer("-9223372036854775809", &integer));
	assert_false(is_integer("-99999999999999999999999999", &integer));
}

static void
only_integers_are_integers(void **state)
{
	int64_t integer;

	(void)state;
	assert_false(is_integer("1.0", &integer));
	assert_false(is_integer("1e3", &integer));
	assert_false(is_integer("\"1\"", &integer));
	assert_false(is_integer("true", &integer));
	assert_false(is_integer("null", &integer));
	assert_false(is_integer("[1]", &integer));
}

static void
an_integers_range_includes_its_ends(void **state)
{
	struct json_object *one = json_object_new_int(1);
	int64_t integer;

	(void)state;
	assert_true(json_integer_of(one, 1, 1, &integer));
	assert_false(json_integer_of(one, 2, 5, &integer));
	assert_false(json_integer_of(one, -5, 0, &integer));
	json_object_put(one);
}

static void
a_tree_is_written_as_it_was_read(void **state)
{
	struct json_object *tree;
	char *text;

	(void)state;
	assert_int_equal(json_read_text(span_of(" {\"a\": [1, \"/\"]} "), &tree), JSON_OUTCOME_OK);
	text = json_format(tree, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	assert_string_equal(text, "{\"a\":[1,\"/\"]}");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_value_is_taken),
		cmocka_unit_test(what_the_grammar_does_not_know_is_malformed),
		cmocka_unit_test(text_that_no_database_would_take_is_refused),
		cmocka_unit_test(a_name_that_stands_twice_in_one_object_is_refused),
		cmocka_unit_test(nesting_may_be_as_deep_as_its_limit_and_no_deeper),
		cmocka_unit_test(a_very_deep_text_is_refused_without_being_followed),
		cmocka_unit_test(every_truncation_of_an_object_is_refused),
		cmocka_unit_test(strings_come_out_as_they_were_meant),
		cmocka_unit_test(integers_do_not_overflow_silently),
		cmocka_unit_test(only_integers_are_integers),
		cmocka_unit_test(an_integers_range_includes_its_ends),
		cmocka_unit_test(a_tree_is_written_as_it_was_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
