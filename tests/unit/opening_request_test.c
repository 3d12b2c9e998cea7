/* What the request of an opening shows and asks for, as a batch for the database has it. */
#include "cgi/stream/audience/opening_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants the headers above it
#include <cmocka.h>

static struct opening_request
request_of(const char *token, const char *ticket, const char *topic, enum credentials_form form)
{
	struct route route = { .kind = ROUTE_STREAM, .is_explicit = true };
	struct opening_request request;

	snprintf(route.token, sizeof(route.token), "%s", token);
	snprintf(route.ticket, sizeof(route.ticket), "%s", ticket);
	if (topic != NULL)
		assert_int_equal(topics_add(&route.topics, span_of(topic)), TOPICS_ADDED);
	opening_request_init(&request, &route, form);
	return request;
}

static void
assert_array(struct batch *batch, enum opening_array array, const char *expected)
{
	assert_string_equal(array_format(&batch->arrays[array]), expected);
}

static void
a_batch_has_a_token_or_a_ticket_or_neither_and_all_else_beside_it(void **state)
{
	struct opening_request requests[] = {
		request_of("one", "", NULL, CREDENTIALS_WHOLE),
		request_of("", "two", "b=7", CREDENTIALS_WHOLE),
		request_of("", "", "a", CREDENTIALS_WHOLE),
	};
	struct batch batch = { 0 };

	(void)state;
	requests[0].after = (struct topic_after){ true, TOPICS_NO_NUMBER };
	for (size_t i = 0; i < 3; i++)
		opening_request_add(&requests[i], &batch);
	assert_array(&batch, OPENING_TOKENS, "{\"one\",NULL,NULL}");
	assert_array(&batch, OPENING_TICKETS, "{NULL,\"two\",NULL}");
	assert_array(&batch, OPENING_AFTERS, "{9223372036854775807,NULL,NULL}");
	assert_array(&batch, OPENING_TOPICS, "{NULL,\"b=7\",\"a\"}");
	for (size_t i = 0; i < 3; i++) {
		assert_true(requests[i].is_explicit);
		opening_request_clear(&requests[i]);
		opening_request_clear(&requests[i]);
	}
	batch_clear(&batch);
}

static void
the_database_is_shown_a_hash_unless_it_wants_the_token_itself(void **state)
{
	struct opening_request hashed = request_of("one", "", NULL, CREDENTIALS_HASHED);
	struct opening_request whole = request_of("one", "", NULL, CREDENTIALS_WHOLE);

	(void)state;
	assert_memory_equal(hashed.identity, CREDENTIALS_HASH, strlen(CREDENTIALS_HASH));
	assert_null(strstr(hashed.identity, "one"));
	assert_string_equal(whole.identity, "one");
	opening_request_clear(&hashed);
	opening_request_clear(&whole);
}

static void
alike_are_those_that_follow_the_same_topics(void **state)
{
	struct opening_request plain = request_of("t", "", NULL, CREDENTIALS_WHOLE);
	struct opening_request a = request_of("t", "", "a", CREDENTIALS_WHOLE);
	struct opening_request another_a = request_of("u", "", "a", CREDENTIALS_WHOLE);
	struct opening_request b = request_of("t", "", "b", CREDENTIALS_WHOLE);

	(void)state;
	assert_true(opening_request_is_like(&a, &another_a));
	assert_false(opening_request_is_like(&a, &b));
	assert_false(opening_request_is_like(&a, &plain));
	assert_false(opening_request_is_like(&plain, &plain)); /* of them no application is asked */
	opening_request_clear(&plain);
	opening_request_clear(&a);
	opening_request_clear(&another_a);
	opening_request_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_has_a_token_or_a_ticket_or_neither_and_all_else_beside_it),
		cmocka_unit_test(the_database_is_shown_a_hash_unless_it_wants_the_token_itself),
		cmocka_unit_test(alike_are_those_that_follow_the_same_topics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
