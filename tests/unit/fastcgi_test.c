/* The record codec: golden bytes, every split point, every truncation, limits. */
#include "cgi/stream/wire/fastcgi_request.h"
#include "common/fastcgi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
// cmocka wants the four headers above it
#include <cmocka.h>

/* What nginx sends for a GET: BEGIN_REQUEST, PARAMS with padding, empty PARAMS, empty STDIN. */
static const uint8_t golden[] = {
	1,
	1,
	0,
	1,
	0,
	8,
	0,
	0, /* */
	0,
	1,
	0,
	0,
	0,
	0,
	0,
	0, /* responder, no flags */
	1,
	4,
	0,
	1,
	0,
	33,
	7,
	0, /* */
	14,
	3,
	'R',
	'E',
	'Q',
	'U',
	'E',
	'S',
	'T',
	'_',
	'M',
	'E',
	'T',
	'H',
	'O',
	'D',
	'G',
	'E',
	'T', /* */
	11,
	1,
	'R',
	'E',
	'Q',
	'U',
	'E',
	'S',
	'T',
	'_',
	'U',
	'R',
	'I',
	'/', /* */
	0,
	0,
	0,
	0,
	0,
	0,
	0, /* */
	1,
	4,
	0,
	1,
	0,
	0,
	0,
	0, /* */
	1,
	5,
	0,
	1,
	0,
	0,
	0,
	0,
};
#define READY_AT (sizeof(golden) - 8)

static struct span
bytes(const uint8_t *at, size_t len)
{
	return (struct span){ (const char *)at, len };
}

/* Feed a copy of exactly these bytes, so that a read past them is seen by the sanitizer. */
static enum fastcgi_outcome
feed(struct fastcgi_request *request, const uint8_t *at, size_t len)
{
	char *copy = malloc(len == 0 ? 1 : len);
	struct span input = { copy, len };
	enum fastcgi_outcome outcome;

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, at, len);
	outcome = fastcgi_request_feed(request, &input);
	free(copy);
	return outcome;
}

static void
assert_golden(const struct fastcgi_request *request)
{
	assert_int_equal(request->id, 1);
	assert_true(span_equals(fastcgi_request_param(request, "REQUEST_METHOD"), "GET"));
	assert_true(span_equals(fastcgi_request_param(request, "REQUEST_URI"), "/"));
	assert_int_equal(fastcgi_request_param(request, "ABSENT").len, 0);
}

static void
a_request_is_ready_once_its_parameters_end(void **state)
{
	struct fastcgi_request request;

	(void)state;
	fastcgi_request_init(&request);
	assert_int_equal(feed(&request, golden, sizeof(golden)), FASTCGI_REQUEST_READY);
	assert_golden(&request);
	fastcgi_request_clear(&request);
	fastcgi_request_clear(&request);
}

static void
a_request_may_be_cut_at_every_point(void **state)
{
	(void)state;
	for (size_t cut = 0; cut <= READY_AT; cut++) {
		struct fastcgi_request request;

		fastcgi_request_init(&request);
		if (cut < READY_AT)
			assert_int_equal(feed(&request, golden, cut), FASTCGI_WANTS_MORE);
		assert_int_equal(feed(&request, golden + (cut < READY_AT ? cut : 0),
				     cut < READY_AT ? sizeof(golden) - cut : sizeof(golden)),
		    FASTCGI_REQUEST_READY);
		assert_golden(&request);
		fastcgi_request_clear(&request);
	}
}

static void
a_request_may_come_byte_by_byte(void **state)
{
	struct fastcgi_request request;

	(void)state;
	fastcgi_request_init(&request);
	for (size_t i = 0; i + 1 < READY_AT; i++)
		assert_int_equal(feed(&request, golden + i, 1), FASTCGI_WANTS_MORE);
	assert_int_equal(feed(&request, golden + READY_AT - 1, 1), FASTCGI_REQUEST_READY);
	assert_golden(&request);
	fastcgi_request_clear(&request);
}

static void
a_truncated_request_is_never_ready(void **state)
{
	(void)state;
	for (size_t length = 0; length < READY_AT; length++) {
		struct fastcgi_request request;

		fastcgi_request_init(&request);
		assert_int_equal(feed(&request, golden, length), FASTCGI_WANTS_MORE);
		fastcgi_request_clear(&request);
	}
}

static void
another_version_is_refused_at_its_first_byte(void **state)
{
	struct fastcgi_request request;

	(void)state;
	fastcgi_request_init(&request);
	assert_int_equal(feed(&request, (const uint8_t *)"\x02", 1), FASTCGI_BROKEN);
}

static void
a_role_other_than_responder_is_told_apart(void **state)
{
	uint8_t authorizer[16];
	struct fastcgi_request request;

	(void)state;
	memcpy(authorizer, golden, sizeof(authorizer));
	authorizer[9] = 2;
	fastcgi_request_init(&request);
	assert_int_equal(feed(&request, authorizer, sizeof(authorizer)), FASTCGI_WRONG_ROLE);
}

static void
a_second_request_on_the_connection_is_refused_and_the_first_goes_on(void **state)
{
	static const uint8_t refused[FASTCGI_END_BYTES] = { 1, 3, 0, 2, 0, 8, 0, 0, 0, 0, 0, 0, 1 };
	uint8_t second[24];
	struct fastcgi_request request;
	const uint8_t *rest = golden + 16;

	(void)state;
	memcpy(second, golden, 16);
	second[3] = 2;
	memcpy(second + 16, "\1\4\0\2\0\0\0\0", 8); /* its empty PARAMS */
	fastcgi_request_init(&request);
	assert_int_equal(feed(&request, golden, 16), FASTCGI_WANTS_MORE);
	assert_int_equal(feed(&request, second, 16), FASTCGI_WANTS_ANSWER);
	assert_int_equal(request.answer_length, sizeof(refused));
	assert_memory_equal(request.answer, refused, sizeof(refused));
	assert_int_equal(feed(&request, second + 16, 8), FASTCGI_WANTS_MORE);
	assert_int_equal(feed(&request, rest, READY_AT - 16), FASTCGI_REQUEST_READY);
	assert_golden(&request);
	fastcgi_request_clear(&request);
}

static void
the_web_server_may_abort(void **state)
{
	static const uint8_t abort_request[] = { 1, 2, 0, 1, 0, 0, 0, 0 };
	struct fastcgi_request request;

	(void)state;
	fastcgi_request_init(&request);
	assert_int_equal(feed(&request, golden, 16), FASTCGI_WANTS_MORE);
	assert_int_equal(
	    feed(&request, abort_request, sizeof(abort_request)), FASTCGI_REQUEST_ABORTED);
}

static void
parameters_reach_the_limit_but_not_one_byte_past(void **state)
{
	static uint8_t record[8 + 32768];

	(void)state;
	for (size_t excess = 0; excess <= 1; excess++) {
		struct fastcgi_request request;

		fastcgi_request_init(&request);
		assert_int_equal(feed(&request, golden, 16), FASTCGI_WANTS_MORE);
		fastcgi_encode_header(record, FASTCGI_PARAMS, 1, 32768);
		assert_int_equal(feed(&request, record, sizeof(record)), FASTCGI_WANTS_MORE);
		assert_int_equal(feed(&request, record, sizeof(record)), FASTCGI_WANTS_MORE);
		fastcgi_encode_header(record, FASTCGI_PARAMS, 1, 1);
		if (excess == 1)
			assert_int_equal(feed(&request, record, 9), FASTCGI_PARAMS_TOO_LONG);
		fastcgi_request_clear(&request);
	}
}

static void
lengths_that_point_past_the_end_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
	} broken[] = {
		{ "\5", 1 },                               /* no value length */
		{ "\5\1abc", 5 },                          /* name cut */
		{ "\1\5a", 3 },                            /* value cut */
		{ "\x80\0\0", 3 },                         /* four-byte length cut */
		{ "\xff\xff\xff\xff\xff\xff\xff\xff", 8 }, /* lengths that would overflow a sum */
		{ "\x80\0\0\1\x80\0\0", 7 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct span input = { broken[i].bytes, broken[i].length }, name, value;

		assert_int_equal(fastcgi_next_pair(&input, &name, &value), FASTCGI_PAIRS_BROKEN);
	}
}

static void
a_long_value_has_a_length_of_four_bytes(void **state)
{
	char pair[5 + 1 + 200] = "\1\x80\0\0\xc8n";
	struct span input = { pair, sizeof(pair) }, name, value;

	(void)state;
	assert_int_equal(fastcgi_next_pair(&input, &name, &value), FASTCGI_PAIR);
	assert_true(span_equals(name, "n"));
	assert_int_equal(value.len, 200);
	assert_int_equal(fastcgi_next_pair(&input, &name, &value), FASTCGI_PAIRS_END);
}

static void
records_are_written_as_the_specification_draws_them(void **state)
{
	static const uint8_t header[] = { 1, 6, 0x12, 0x34, 0xab, 0xcd, 0, 0 };
	static const uint8_t end[] = { 1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0 };
	uint8_t out[FASTCGI_END_BYTES];

	(void)state;
	fastcgi_encode_header(out, FASTCGI_STDOUT, 0x1234, 0xabcd);
	assert_memory_equal(out, header, sizeof(header));
	fastcgi_encode_end(out, 1, FASTCGI_UNKNOWN_ROLE);
	assert_memory_equal(out, end, sizeof(end));
	fastcgi_set_request_id(out, 0x0203);
	assert_int_equal(out[2], 2);
	assert_int_equal(out[3], 3);
}

static void
management_records_are_answered(void **state)
{
	static const uint8_t values[] = { 1, 10, 0, 0, 0, 18, 0, 0, 15, 1, 'F', 'C', 'G', 'I', '_',
		'M', 'P', 'X', 'S', '_', 'C', 'O', 'N', 'N', 'S', '0' };
	static const uint8_t unknown[] = { 1, 11, 0, 0, 0, 8, 0, 0, 77, 0, 0, 0, 0, 0, 0, 0 };
	static const char asked[] = "\x0e\0FCGI_MAX_CONNS\x0f\0FCGI_MPXS_CONNS";
	uint8_t out[FASTCGI_ANSWER_BYTES];

	(void)state;
	assert_int_equal(fastcgi_answer_management(FASTCGI_GET_VALUES, span_of(""), out), 8);
	assert_int_equal(fastcgi_answer_management(FASTCGI_GET_VALUES,
			     bytes((const uint8_t *)asked, sizeof(asked) - 1), out),
	    sizeof(values));
	assert_memory_equal(out, values, sizeof(values));
	assert_int_equal(fastcgi_answer_management(77, span_of(""), out), sizeof(unknown));
	assert_memory_equal(out, unknown, sizeof(unknown));
}

static void
a_management_record_in_between_is_answered_and_passed_over(void **state)
{
	static const uint8_t query[] = { 1, 9, 0, 0, 0, 0, 0, 0 };
	struct fastcgi_request request;

	(void)state;
	fastcgi_request_init(&request);
	assert_int_equal(feed(&request, golden, 16), FASTCGI_WANTS_MORE);
	assert_int_equal(feed(&request, query, sizeof(query)), FASTCGI_WANTS_ANSWER);
	assert_int_equal(request.answer_length, FASTCGI_HEADER_BYTES);
	assert_int_equal(feed(&request, golden + 16, READY_AT - 16), FASTCGI_REQUEST_READY);
	assert_golden(&request);
	fastcgi_request_clear(&request);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_ready_once_its_parameters_end),
		cmocka_unit_test(a_request_may_be_cut_at_every_point),
		cmocka_unit_test(a_request_may_come_byte_by_byte),
		cmocka_unit_test(a_truncated_request_is_never_ready),
		cmocka_unit_test(another_version_is_refused_at_its_first_byte),
		cmocka_unit_test(a_role_other_than_responder_is_told_apart),
		cmocka_unit_test(
		    a_second_request_on_the_connection_is_refused_and_the_first_goes_on),
		cmocka_unit_test(the_web_server_may_abort),
		cmocka_unit_test(parameters_reach_the_limit_but_not_one_byte_past),
		cmocka_unit_test(lengths_that_point_past_the_end_are_refused),
		cmocka_unit_test(a_long_value_has_a_length_of_four_bytes),
		cmocka_unit_test(records_are_written_as_the_specification_draws_them),
		cmocka_unit_test(management_records_are_answered),
		cmocka_unit_test(a_management_record_in_between_is_answered_and_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
