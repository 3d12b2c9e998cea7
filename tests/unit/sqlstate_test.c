/* SQLSTATE to status. */
#include "cgi/api/sqlstate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four headers above it
#include <cmocka.h>

static void
our_own_codes_carry_their_status(void **state)
{
	(void)state;
	assert_int_equal(sqlstate_to_status("PB401"), 401);
	assert_int_equal(sqlstate_to_status("PB403"), 403);
	assert_int_equal(sqlstate_to_status("PB404"), 404);
	assert_int_equal(sqlstate_to_status("PB409"), 409);
	assert_int_equal(sqlstate_to_status("PB422"), 422);
	assert_int_equal(sqlstate_to_status("PB999"), 500);
	assert_true(sqlstate_is_ours("PB404"));
	assert_false(sqlstate_is_ours("23505"));
}

static void
a_database_that_is_away_or_overloaded_is_unavailable(void **state)
{
	static const char *const codes[] = { "08006", "08P01", "25006", "40001", "40P01", "53300",
		"53100", "54000", "55P03", "57014", "57P01", "57P02", "57P03", "3F000", "42501",
		"42883" };

	(void)state;
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		assert_int_equal(sqlstate_to_status(codes[i]), 503);
}

static void
values_that_the_database_refuses_are_the_clients(void **state)
{
	(void)state;
	assert_int_equal(sqlstate_to_status("22P02"), 422);
	assert_int_equal(sqlstate_to_status("23505"), 422);
}

static void
all_else_is_our_own_fault(void **state)
{
	(void)state;
	assert_int_equal(sqlstate_to_status("42P01"), 500);
	assert_int_equal(sqlstate_to_status("XX000"), 500);
	assert_int_equal(sqlstate_to_status("P0001"), 500);
	assert_int_equal(sqlstate_to_status(""), 500);
}

static void
what_is_of_locks_time_rights_or_the_server_is_not_of_a_token(void **state)
{
	static const char *const tokens[] = { "22P02", "22023", "P0001", "P0004", "23514", "28000",
		"39000", "U0001", "02000", "PB404", "PB503" };
	static const char *const others[] = { "PB401", "42P01", "42501", "40001", "40P01", "55P03",
		"53300", "57P01", "57014", "XX000", "25006", "08006", "0A000", "3F000", "54000",
		"58030" };

	(void)state;
	for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++)
		assert_true(sqlstate_may_be_of_token(tokens[i]));
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		assert_false(sqlstate_may_be_of_token(others[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own_codes_carry_their_status),
		cmocka_unit_test(a_database_that_is_away_or_overloaded_is_unavailable),
		cmocka_unit_test(values_that_the_database_refuses_are_the_clients),
		cmocka_unit_test(all_else_is_our_own_fault),
		cmocka_unit_test(what_is_of_locks_time_rights_or_the_server_is_not_of_a_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
