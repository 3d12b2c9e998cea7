/* Commands of a WebSocket's client: each that there is, and what is none, with a problem that says
 * so. */
#include "cgi/stream/audience/client_command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants the headers above it
#include <cmocka.h>

#include "tests/unit/exact.h"

static struct client_command
read_sound(const char *text)
{
	struct client_command command;
	struct problem problem;

	assert_true(client_command_read(exact(text), &command, &problem));
	assert_true(command.has_n);
	return command;
}

static void
assert_refused(const char *text, int status, const char *pointer)
{
	struct client_command command;
	struct problem problem;

	assert_false(client_command_read(exact(text), &command, &problem));
	assert_int_equal(problem.status, status);
	assert_int_equal(problem.field_count, pointer != NULL);
	if (pointer != NULL)
		assert_string_equal(problem.fields[0].pointer, pointer);
}

static void
each_command_has_its_arguments(void **state)
{
	struct client_command command =
	    read_sound("{\"n\":1,\"command\":\"follow\",\"topic\":\"question:12\",\"after\":7}");

	(void)state;
	assert_int_equal(command.kind, CLIENT_FOLLOW);
	assert_int_equal(command.n, 1);
	assert_string_equal(command.topic, "question:12");
	assert_true(command.has_number);
	assert_int_equal(command.number, 7);
	command = read_sound("{\"n\":-2,\"command\":\"follow\",\"topic\":\"a\",\"new\":[{}]}");
	assert_false(command.has_number);
	assert_int_equal(command.n, -2);
	command = read_sound("{\"command\":\"unfollow\",\"topic\":\"a\",\"n\":0}");
	assert_int_equal(command.kind, CLIENT_UNFOLLOW);
	command = read_sound("{\"n\":3,\"command\":\"read_all\"}");
	assert_int_equal(command.kind, CLIENT_OF_DATABASE);
	assert_string_equal(command.name, "read_all");
	assert_false(command.has_number);
	command = read_sound("{\"n\":3,\"command\":\"delete\",\"id\":318}");
	assert_string_equal(command.name, "delete");
	assert_int_equal(command.number, 318);
}

static void
what_is_no_command_is_refused_with_a_pointer(void **state)
{
	(void)state;
	assert_refused("", 400, NULL);
	assert_refused("{", 400, NULL);
	assert_refused("[]", 400, NULL);
	assert_refused("{\"n\":1,\"n\":2}", 400, NULL);
	assert_refused("[[[[[[[[[[[[1]]]]]]]]]]]]", 400, NULL);
	assert_refused("{\"command\":\"read_all\"}", 422, "/n");
	assert_refused("{\"n\":\"1\",\"command\":\"read_all\"}", 422, "/n");
	assert_refused("{\"n\":1}", 422, "/command");
	assert_refused("{\"n\":1,\"command\":\"drop\"}", 422, "/command");
	assert_refused("{\"n\":1,\"command\":7}", 422, "/command");
	assert_refused("{\"n\":1,\"command\":\"read\"}", 422, "/id");
	assert_refused("{\"n\":1,\"command\":\"read\",\"id\":0}", 422, "/id");
	assert_refused("{\"n\":1,\"command\":\"read\",\"id\":1.5}", 422, "/id");
	assert_refused("{\"n\":1,\"command\":\"read\",\"id\":99999999999999999999}", 422, "/id");
	assert_refused("{\"n\":1,\"command\":\"read_all\",\"up_to\":\"x\"}", 422, "/up_to");
	assert_refused("{\"n\":1,\"command\":\"follow\"}", 422, "/topic");
	assert_refused("{\"n\":1,\"command\":\"follow\",\"topic\":\"a b\"}", 422, "/topic");
	assert_refused(
	    "{\"n\":1,\"command\":\"follow\",\"topic\":\"a\",\"after\":-1}", 422, "/after");
}

static void
an_answer_repeats_the_number(void **state)
{
	struct client_command command = { .has_n = true, .n = 7 };
	char *text = client_command_answer(&command, 200, "{\"seq\":1}");

	(void)state;
	assert_string_equal(text, "{\"n\":7,\"status\":200,\"body\":{\"seq\":1}}");
	free(text);
	command.has_n = false;
	text = client_command_answer(&command, 400, "null");
	assert_string_equal(text, "{\"n\":null,\"status\":400,\"body\":null}");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_command_has_its_arguments),
		cmocka_unit_test(what_is_no_command_is_refused_with_a_pointer),
		cmocka_unit_test(an_answer_repeats_the_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
