/* PostgreSQL array literals: what each kind of element looks like, and that nothing breaks out. */
#include "cgi/stream/parts/array.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
// cmocka wants the four headers above it
#include <cmocka.h>

static void
an_array_without_elements_is_a_pair_of_braces(void **state)
{
	struct array array = { 0 };

	(void)state;
	assert_string_equal(array_format(&array), "{}");
	array_clear(&array);
	array_clear(&array);
}

static void
text_is_quoted_and_null_is_not(void **state)
{
	struct array array = { 0 };

	(void)state;
	array_add_text(&array, "7");
	array_add_text(&array, "NULL");
	array_add_text(&array, NULL);
	array_add_null(&array);
	array_add_text(&array, "");
	assert_string_equal(array_format(&array), "{\"7\",\"NULL\",NULL,NULL,\"\"}");
	array_clear(&array);
}

static void
quotes_and_backslashes_cannot_end_an_element(void **state)
{
	struct array array = { 0 };

	(void)state;
	array_add_text(&array, "a\"b\\c");
	array_add_text(&array, "\\");
	array_add_text(&array, "},{ \n'");
	assert_string_equal(array_format(&array), "{\"a\\\"b\\\\c\",\"\\\\\",\"},{ \n'\"}");
	array_clear(&array);
}

static void
every_integer_is_written_whole(void **state)
{
	struct array array = { 0 };

	(void)state;
	array_add_integer(&array, INT64_MIN);
	array_add_integer(&array, -1);
	array_add_integer(&array, 0);
	array_add_integer(&array, INT64_MAX);
	assert_string_equal(
	    array_format(&array), "{-9223372036854775808,-1,0,9223372036854775807}");
	array_clear(&array);
}

static void
an_array_goes_on_after_it_was_formatted(void **state)
{
	struct array array = { 0 };

	(void)state;
	array_add_integer(&array, 1);
	assert_string_equal(array_format(&array), "{1}");
	array_add_integer(&array, 2);
	assert_string_equal(array_format(&array), "{1,2}");
	array_clear(&array);
}

static void
a_reset_array_is_empty_and_keeps_its_memory(void **state)
{
	struct array array = { 0 };
	size_t capacity;

	(void)state;
	array_add_text(&array, "somebody");
	capacity = array.capacity;
	array_reset(&array);
	assert_string_equal(array_format(&array), "{}");
	array_add_text(&array, "else");
	assert_string_equal(array_format(&array), "{\"else\"}");
	assert_int_equal(array.capacity, capacity);
	array_clear(&array);
}

/* Each length makes the block end at another place, so the sanitizer sees a byte too many. */
static void
elements_of_every_length_fit(void **state)
{
	char text[130];

	(void)state;
	for (size_t length = 0; length < sizeof(text); length++) {
		struct array array = { 0 };

		memset(text, '"', length);
		text[length] = '\0';
		array_add_text(&array, text);
		array_add_text(&array, text);
		assert_int_equal(strlen(array_format(&array)), 2 * (2 * length + 3) + 1);
		array_clear(&array);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_array_without_elements_is_a_pair_of_braces),
		cmocka_unit_test(text_is_quoted_and_null_is_not),
		cmocka_unit_test(quotes_and_backslashes_cannot_end_an_element),
		cmocka_unit_test(every_integer_is_written_whole),
		cmocka_unit_test(an_array_goes_on_after_it_was_formatted),
		cmocka_unit_test(a_reset_array_is_empty_and_keeps_its_memory),
		cmocka_unit_test(elements_of_every_length_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
