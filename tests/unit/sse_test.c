/* Server-Sent Events framing: golden bytes, line ends, exact and short buffers. */
#include "cgi/stream/events/sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
// cmocka wants the four headers above it
#include <cmocka.h>

static void
assert_event(int64_t id, const char *name, const char *data, const char *expected)
{
	size_t length = sse_format_event(NULL, 0, id, name, span_of(data));
	char *out = malloc(length + 1);

	assert_non_null(out);
	assert_int_equal(length, strlen(expected));
	assert_int_equal(sse_format_event(out, length, id, name, span_of(data)), length);
	assert_memory_equal(out, expected, length);
	free(out);
}

static void
an_event_has_name_data_id_and_an_empty_line(void **state)
{
	(void)state;
	assert_event(42, "new_notification", "{\"id\":318}",
	    "event: new_notification\ndata: {\"id\":318}\nid: 42\n\n");
}

static void
an_event_without_id_keeps_the_clients_last_id(void **state)
{
	(void)state;
	assert_event(SSE_NO_ID, "heartbeat", "{}", "event: heartbeat\ndata: {}\n\n");
}

static void
the_largest_id_is_written_whole(void **state)
{
	(void)state;
	assert_event(INT64_MAX, NULL, "", "data: \nid: 9223372036854775807\n\n");
	assert_event(0, NULL, "", "data: \nid: 0\n\n");
}

static void
every_kind_of_line_end_starts_a_new_data_line(void **state)
{
	(void)state;
	assert_event(SSE_NO_ID, NULL, "a\nb", "data: a\ndata: b\n\n");
	assert_event(SSE_NO_ID, NULL, "a\rb", "data: a\ndata: b\n\n");
	assert_event(SSE_NO_ID, NULL, "a\r\nb", "data: a\ndata: b\n\n");
	assert_event(SSE_NO_ID, NULL, "a\n\rb", "data: a\ndata: \ndata: b\n\n");
	assert_event(SSE_NO_ID, NULL, "a\r", "data: a\ndata: \n\n");
}

static void
data_cannot_forge_a_field(void **state)
{
	(void)state;
	assert_event(SSE_NO_ID, "x", "1\nevent: reset\n\nid: 9",
	    "event: x\ndata: 1\ndata: event: reset\ndata: \ndata: id: 9\n\n");
}

static void
a_short_buffer_is_filled_but_never_passed(void **state)
{
	const char *whole = "event: x\ndata: yes\nid: 7\n\n";
	size_t length = strlen(whole);

	(void)state;
	for (size_t capacity = 0; capacity <= length; capacity++) {
		char *out = malloc(capacity + 1);

		assert_non_null(out);
		out[capacity] = '#';
		assert_int_equal(sse_format_event(out, capacity, 7, "x", span_of("yes")), length);
		assert_memory_equal(out, whole, capacity);
		assert_int_equal(out[capacity], '#');
		free(out);
	}
}

static void
retry_is_a_block_of_its_own(void **state)
{
	char out[32];

	(void)state;
	assert_int_equal(sse_format_retry(out, sizeof(out), 1500), 13);
	assert_memory_equal(out, "retry: 1500\n\n", 13);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_has_name_data_id_and_an_empty_line),
		cmocka_unit_test(an_event_without_id_keeps_the_clients_last_id),
		cmocka_unit_test(the_largest_id_is_written_whole),
		cmocka_unit_test(every_kind_of_line_end_starts_a_new_data_line),
		cmocka_unit_test(data_cannot_forge_a_field),
		cmocka_unit_test(a_short_buffer_is_filled_but_never_passed),
		cmocka_unit_test(retry_is_a_block_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
