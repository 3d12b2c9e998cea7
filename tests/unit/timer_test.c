/* Timers come when they are set for, by less than a tick of the kernel's coarse clock. */
#include "cgi/stream/parts/timer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#include "common/clock.h"
#include "tests/unit/in_range.h"

#define WAIT_US 200
#define PRECISE_US 900 /* epoll_wait() would wait a whole millisecond */
#define WAITS 20
#define ROUNDS 200 /* on a machine that does other things */

static void
on_time(int descriptor, short what, void *argument)
{
	(void)descriptor;
	(void)what;
	(void)argument;
}

/* Whether most of some waits were as short as they were meant to be. */
static bool
waits_precisely(struct event_base *base, struct event *timer)
{
	int precise = 0;

	for (int i = 0; i < WAITS; i++) {
		int64_t began_us = clock_steady_us();

		timer_set(timer, WAIT_US);
		event_base_loop(base, EVLOOP_ONCE);
		precise += clock_steady_us() - began_us < PRECISE_US;
	}
	return precise > WAITS / 2;
}

static void
a_part_of_a_millisecond_is_not_rounded_up(void **state)
{
	struct event_base *base = timer_make_loop();
	struct event *timer = timer_make(base, TIMER_ONCE, on_time, NULL);
	int round = 0;

	(void)state;
	while (round < ROUNDS && !waits_precisely(base, timer))
		round++;
	assert_int_in_range(round, 0, ROUNDS - 1);
	event_free(timer);
	event_base_free(base);
}

static void
none_comes_too_early(void **state)
{
	struct event_base *base = timer_make_loop();
	struct event *timer = timer_make(base, TIMER_ONCE, on_time, NULL);
	int64_t began_us = clock_steady_us();

	(void)state;
	timer_set(timer, 1500);
	event_base_loop(base, EVLOOP_ONCE);
	assert_int_in_range(clock_steady_us() - began_us, 1500, INT64_MAX);
	event_free(timer);
	event_base_free(base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_part_of_a_millisecond_is_not_rounded_up),
		cmocka_unit_test(none_comes_too_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
