/* What a client is told of a call that the database refused. */
#include "cgi/api/refusal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four headers above it
#include <cmocka.h>

/* An action of the table, for the sake of its arguments. */
static const struct action *
find_action(const char *method, const char *path)
{
	struct action_route route;

	assert_int_equal(action_find(span_of(method), span_of(path), &route), ACTION_MATCHED);
	return route.action;
}

static struct executor_answer
refused(const char *sqlstate, char *message, char *detail)
{
	struct executor_answer answer = {
		.outcome = EXECUTOR_REFUSED, .message = message, .detail = detail
	};

	memcpy(answer.sqlstate, sqlstate, sizeof answer.sqlstate);
	return answer;
}

static void
a_sentence_of_our_own_sql_is_shown_and_any_other_is_not(void **state)
{
	const struct action *list = find_action("GET", "/api/notifications");
	struct executor_answer ours = refused("PB403", "Only the asker accepts.", NULL);
	struct executor_answer foreign = refused("P0001", "secret", "/limit");
	struct refusal refusal;

	(void)state;
	refusal_describe(&ours, list, &refusal);
	assert_int_equal(refusal.problem.status, 403);
	assert_string_equal(refusal.problem.detail, "Only the asker accepts.");
	assert_int_equal(refusal.problem.field_count, 0);
	refusal_describe(&foreign, list, &refusal);
	assert_int_equal(refusal.problem.status, 500);
	assert_null(refusal.problem.detail);
	assert_int_equal(refusal.problem.field_count, 0);
}

static void
a_value_of_the_body_is_named_by_a_pointer_and_one_of_the_query_by_its_name(void **state)
{
	struct executor_answer answer = refused("PB422", "It is too long.", "/limit");
	struct refusal refusal;

	(void)state;
	refusal_describe(&answer, find_action("GET", "/api/notifications"), &refusal);
	assert_int_equal(refusal.problem.field_count, 1);
	assert_string_equal(refusal.problem.fields[0].parameter, "limit");
	answer.detail = "/title";
	refusal_describe(&answer, find_action("POST", "/api/questions"), &refusal);
	assert_null(refusal.problem.fields[0].parameter);
	assert_string_equal(refusal.problem.fields[0].pointer, "/title");
	assert_string_equal(refusal.problem.fields[0].detail, "It is too long.");
}

static void
a_client_may_try_again_where_a_lock_or_an_upgrade_is_in_the_way(void **state)
{
	static const char *const codes[] = { "55P03", "42883", "3F000" };
	const struct action *list = find_action("GET", "/api/notifications");
	struct refusal refusal;

	(void)state;
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		struct executor_answer answer = refused(codes[i], "inner", NULL);

		refusal_describe(&answer, list, &refusal);
		assert_int_equal(refusal.problem.status, 503);
		assert_string_not_equal(refusal.problem.detail, "inner");
	}
}

static void
a_value_that_the_database_itself_refuses_is_not_described(void **state)
{
	struct executor_answer answer = refused("22P02", "invalid input", NULL);
	struct refusal refusal;

	(void)state;
	refusal_describe(&answer, find_action("GET", "/api/notifications"), &refusal);
	assert_int_equal(refusal.problem.status, 422);
	assert_string_equal(
	    refusal.problem.detail, "The database does not take one of the values.");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sentence_of_our_own_sql_is_shown_and_any_other_is_not),
		cmocka_unit_test(
		    a_value_of_the_body_is_named_by_a_pointer_and_one_of_the_query_by_its_name),
		cmocka_unit_test(a_client_may_try_again_where_a_lock_or_an_upgrade_is_in_the_way),
		cmocka_unit_test(a_value_that_the_database_itself_refuses_is_not_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
