/* The table of actions, and finding a row in it. */
#include "cgi/api/actions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#include "tests/unit/exact.h"

static struct action_route route;

static enum action_match
find(const char *method, const char *path)
{
	return action_find(exact(method), exact(path), &route);
}

static void
assert_finds(const char *method, const char *path, const char *function)
{
	assert_int_equal(find(method, path), ACTION_MATCHED);
	assert_string_equal(route.action->function, function);
}

static void
an_action_is_found_by_method_and_path(void **state)
{
	(void)state;
	assert_finds("GET", "/api/questions", "qa.list_questions");
	assert_finds("POST", "/api/questions", "qa.create_question");
	assert_finds("PUT", "/api/answers/12/accept", "qa.accept_answer");
	assert_true(span_equals(route.path_value, "12"));
	assert_finds("DELETE", "/api/notifications/9", "pgbell.delete_notification");
	assert_true(span_equals(route.path_value, "9"));
	assert_finds("PUT", "/api/notifications/read-all", "pgbell.mark_all_read");
	assert_int_equal(route.path_value.len, 0);
}

static void
a_topic_is_all_between_what_stands_before_and_behind_it(void **state)
{
	static const char *const topics[] = { "public:question/12", "a", "no topic", "a/events",
		"/", "\xc3\xa9", "{topic}" };
	char path[64];

	(void)state;
	for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
		snprintf(path, sizeof path, "/api/topics/%s/events", topics[i]);
		assert_finds("GET", path, "pgbell.list_topic_events");
		assert_true(span_equals(route.path_value, topics[i]));
	}
	assert_int_equal(find("GET", "/api/topics//events"), ACTION_NO_PATH);
	assert_int_equal(find("GET", "/api/topics/events"), ACTION_NO_PATH);
	assert_int_equal(find("GET", "/api/topics/a/event"), ACTION_NO_PATH);
	assert_int_equal(find("GET", "/api/topics/a/events/"), ACTION_NO_PATH);
	assert_int_equal(find("PUT", "/api/topics/a/events"), ACTION_NO_METHOD);
	assert_string_equal(route.allow, "GET, HEAD, OPTIONS");
}

static void
head_finds_what_get_finds(void **state)
{
	(void)state;
	assert_finds("HEAD", "/api/questions", "qa.list_questions");
	assert_int_equal(find("HEAD", "/api/users"), ACTION_NO_METHOD);
}

static void
a_path_that_is_not_in_the_table_is_not_found(void **state)
{
	static const char *const unknown[] = { "", "/", "/api", "/api/", "/api/question",
		"/api/questionss", "/api/questions/", "/api/questions/x", "/api/questions/1x",
		"/api/questions/-1", "/api/questions/1/", "/api/questions/1/answer",
		"/api/questions//answers", "/api/questions/1/answers/", "api/questions",
		"//api/questions", "/API/questions", "/api/notifications/all",
		"/api/questions/\xd9\xa1", "*" };

	(void)state;
	for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
		assert_int_equal(find("GET", unknown[i]), ACTION_NO_PATH);
		assert_string_equal(route.allow, "");
	}
}

static void
a_wrong_method_is_told_the_right_ones(void **state)
{
	(void)state;
	assert_int_equal(find("PATCH", "/api/session"), ACTION_NO_METHOD);
	assert_string_equal(route.allow, "POST, GET, HEAD, DELETE, OPTIONS");
	assert_null(route.action);
	assert_int_equal(find("GET", "/api/users"), ACTION_NO_METHOD);
	assert_string_equal(route.allow, "POST, OPTIONS");
	assert_int_equal(find("get", "/api/questions"), ACTION_NO_METHOD);
	assert_int_equal(find("", "/api/questions"), ACTION_NO_METHOD);
}

static void
options_of_a_known_path_are_answered(void **state)
{
	(void)state;
	assert_int_equal(find("OPTIONS", "/api/comments/5"), ACTION_ASKED_OPTIONS);
	assert_string_equal(route.allow, "DELETE, OPTIONS");
	assert_int_equal(find("OPTIONS", "/api/nothing"), ACTION_NO_PATH);
}

static void
every_truncation_of_a_path_is_looked_up_safely(void **state)
{
	static const char path[] = "/api/questions/123/comments";

	(void)state;
	for (size_t len = 0; len < sizeof path - 1; len++) {
		enum action_match match =
		    action_find(exact("POST"), exact_bytes(path, len), &route);

		assert_int_equal(match, len == 14                ? ACTION_MATCHED
					: len >= 16 && len <= 18 ? ACTION_NO_METHOD
								 : ACTION_NO_PATH);
	}
}

/* The path of a row with a number for its {name}. */
static void
fill_path(const struct action *action, char *path, size_t capacity)
{
	size_t before = strcspn(action->path, "{");

	if (action->path[before] == '\0')
		snprintf(path, capacity, "%s", action->path);
	else
		snprintf(path, capacity, "%.*s%d%s", (int)before, action->path, 7,
		    strchr(action->path, '}') + 1);
}

static void
every_row_can_be_found_and_only_it(void **state)
{
	char path[128];

	(void)state;
	for (size_t i = 0; i < action_count; i++) {
		fill_path(&actions[i], path, sizeof path);
		assert_int_equal(find(actions[i].method, path), ACTION_MATCHED);
		assert_ptr_equal(route.action, &actions[i]);
	}
}

static void
every_row_is_well_made(void **state)
{
	(void)state;
	for (size_t i = 0; i < action_count; i++) {
		const struct action *action = &actions[i];
		struct span name = action_path_name(action);
		bool reads = strcmp(action->method, "GET") == 0;

		assert_true(action->function == NULL || strchr(action->function, '.') != NULL);
		assert_true(
		    name.len == 0 || action_find_argument(action, ACTION_PATH, name) != NULL);
		assert_true(action->arguments[ACTION_ARGUMENTS_MAX].name == NULL);
		for (const struct action_argument *a = action->arguments; a->name != NULL; a++) {
			assert_true(a->minimum <= a->maximum && a->minimum >= 0);
			assert_true(a->preset == NULL || !a->required);
			assert_false(reads && a->source == ACTION_BODY);
			assert_true(a->source != ACTION_PATH || a->type == ACTION_INTEGER ||
				    a->type == ACTION_TOPIC);
			assert_true(a->type != ACTION_TOPIC || a == action->arguments);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_action_is_found_by_method_and_path),
		cmocka_unit_test(a_topic_is_all_between_what_stands_before_and_behind_it),
		cmocka_unit_test(head_finds_what_get_finds),
		cmocka_unit_test(a_path_that_is_not_in_the_table_is_not_found),
		cmocka_unit_test(a_wrong_method_is_told_the_right_ones),
		cmocka_unit_test(options_of_a_known_path_are_answered),
		cmocka_unit_test(every_truncation_of_a_path_is_looked_up_safely),
		cmocka_unit_test(every_row_can_be_found_and_only_it),
		cmocka_unit_test(every_row_is_well_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
