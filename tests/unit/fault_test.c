/* Errors of the database: of what they are, and whom they hold up. */
#include "cgi/stream/database/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
// cmocka wants the four headers above it
#include <cmocka.h>

static void
an_error_is_of_the_connection_of_data_of_a_lock_or_of_time(void **state)
{
	static const struct {
		const char *severity, *sqlstate;
		enum fault fault;
	} errors[] = {
		{ "FATAL", "57P01", FAULT_OF_CONNECTION }, /* the server shuts down */
		{ "FATAL", "22023", FAULT_OF_CONNECTION },
		{ "", "", FAULT_OF_CONNECTION },           /* libpq's own: it broke */
		{ "ERROR", "26000", FAULT_OF_CONNECTION }, /* no such prepared statement */
		{ "ERROR", "0A000", FAULT_OF_CONNECTION }, /* its result has another type now */
		{ "ERROR", "22P02", FAULT_OF_DATA },
		{ "ERROR", "23514", FAULT_OF_DATA },
		{ "ERROR", "21000", FAULT_OF_DATA },
		{ "ERROR", "P0001", FAULT_OF_DATA }, /* raised by a function */
		{ "ERROR", "55P03", FAULT_OF_LOCK },
		{ "ERROR", "40P01", FAULT_OF_LOCK },
		{ "ERROR", "57014", FAULT_OF_TIME },
		{ "ERROR", "42883", FAULT_OF_ELSE }, /* no such function */
		{ "ERROR", "53200", FAULT_OF_ELSE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		assert_int_equal(fault_of(errors[i].severity, errors[i].sqlstate), errors[i].fault);
}

static void
only_bad_data_is_searched_for_in_a_read_and_all_else_replaces_the_connection(void **state)
{
	(void)state;
	for (enum fault fault = FAULT_OF_CONNECTION; fault < FAULTS; fault++)
		assert_int_equal(fault_effect(COMMAND_READ, fault),
		    fault == FAULT_OF_DATA ? FAULT_SPLITS : FAULT_REPLACES);
}

static void
a_lock_or_a_lack_of_time_delays_a_chore_and_replaces_no_connection(void **state)
{
	static const enum command chores[] = { COMMAND_CHECK, COMMAND_FOLLOWS, COMMAND_TRIM,
		COMMAND_DUE, COMMAND_ANNOUNCE };

	(void)state;
	for (size_t i = 0; i < sizeof(chores) / sizeof(chores[0]); i++) {
		assert_int_equal(fault_effect(chores[i], FAULT_OF_LOCK), FAULT_DELAYS);
		assert_int_equal(fault_effect(chores[i], FAULT_OF_TIME), FAULT_DELAYS);
	}
	assert_int_equal(fault_effect(COMMAND_OPEN, FAULT_OF_LOCK), FAULT_DELAYS);
	assert_int_equal(fault_effect(COMMAND_OPEN, FAULT_OF_TIME), FAULT_SPLITS);
	assert_int_equal(fault_effect(COMMAND_LOCATE, FAULT_OF_LOCK), FAULT_PASSES);
}

static void
a_setup_that_fails_is_never_lived_with(void **state)
{
	(void)state;
	for (enum fault fault = FAULT_OF_CONNECTION; fault < FAULTS; fault++)
		assert_int_equal(fault_effect(COMMAND_SETUP, fault), FAULT_REPLACES);
}

static void
whoever_asked_by_a_websocket_is_answered_whatever_fails(void **state)
{
	(void)state;
	for (enum fault fault = FAULT_OF_CONNECTION; fault < FAULTS; fault++)
		assert_int_equal(fault_effect(COMMAND_ERRANDS, fault), FAULT_REFUSES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_is_of_the_connection_of_data_of_a_lock_or_of_time),
		cmocka_unit_test(
		    only_bad_data_is_searched_for_in_a_read_and_all_else_replaces_the_connection),
		cmocka_unit_test(
		    a_lock_or_a_lack_of_time_delays_a_chore_and_replaces_no_connection),
		cmocka_unit_test(a_setup_that_fails_is_never_lived_with),
		cmocka_unit_test(whoever_asked_by_a_websocket_is_answered_whatever_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
