/* Variables of an environment are found by their whole names. */
#include "common/environment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
// cmocka wants the headers above it
#include <cmocka.h>

static void
a_variable_is_found_by_its_whole_name_and_the_first_counts(void **state)
{
	char *const environment[] = { "PATHS=no", "PATH=/bin", "PATH=/other", "EMPTY=", "ODD",
		"EQUALS=a=b", NULL };

	(void)state;
	assert_string_equal(environment_find(environment, "PATH"), "/bin");
	assert_string_equal(environment_find(environment, "EQUALS"), "a=b");
	assert_string_equal(environment_find(environment, "EMPTY"), "");
	assert_string_equal(environment_find(environment, "PAT"), "");
	assert_string_equal(environment_find(environment, "ODD"), "");
	assert_string_equal(environment_find(environment + 6, "PATH"), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_variable_is_found_by_its_whole_name_and_the_first_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
