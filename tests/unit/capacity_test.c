/* How many connections, streams and visitors there may be. */
#include "cgi/stream/parts/capacity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/resource.h>
// cmocka wants the headers above it
#include <cmocka.h>

static void
assert_capacity(struct capacity capacity, size_t connections, size_t streams, size_t visitors)
{
	assert_int_equal(capacity.connections, connections);
	assert_int_equal(capacity.streams, streams);
	assert_int_equal(capacity.visitors, visitors);
}

static void
descriptors_are_for_streams_but_for_some_for_us_and_some_for_refusals(void **state)
{
	(void)state;
	assert_capacity(capacity_of(1024, 0, 0), 1024 - 32, 1024 - 64, 720);
	assert_capacity(capacity_of(65, 0, 0), 33, 1, 1);
}

static void
where_there_are_hardly_any_descriptors_one_stream_is_tried(void **state)
{
	(void)state;
	assert_capacity(capacity_of(64, 0, 0), 1, 1, 1);
	assert_capacity(capacity_of(0, 0, 0), 1, 1, 1);
}

static void
settings_make_it_less_and_never_more(void **state)
{
	(void)state;
	assert_capacity(capacity_of(1024, 100, 0), 1024 - 32, 100, 75);
	assert_capacity(capacity_of(1024, 960, 10), 1024 - 32, 960, 10);
	assert_capacity(capacity_of(1024, 961, 10), 1024 - 32, 960, 10);
}

static void
a_process_raises_its_limit_as_far_as_it_may(void **state)
{
	struct rlimit limit;
	struct capacity found;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max = 500;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 100;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	found = capacity_find(0, 0);
	assert_capacity(found, 500 - 32, 500 - 64, 327);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    descriptors_are_for_streams_but_for_some_for_us_and_some_for_refusals),
		cmocka_unit_test(where_there_are_hardly_any_descriptors_one_stream_is_tried),
		cmocka_unit_test(settings_make_it_less_and_never_more),
		cmocka_unit_test(a_process_raises_its_limit_as_far_as_it_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
