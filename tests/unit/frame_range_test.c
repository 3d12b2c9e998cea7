/* Ranges of frames: copies for another request, content taken over, cuts. */
#include "cgi/stream/events/frame_range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#include "tests/unit/frames.h"

static void
a_copy_is_addressed_to_another_request(void **state)
{
	static char content[50000], copied[50000];
	struct frame_builder builder = { 0 };
	struct frame *frame, *copy;
	size_t records, length;

	(void)state;
	frame_add_event(&builder, 1, "x", span_of("\1\6\0\1\0\0\0\0"));
	frame_add_content(&builder, (struct span){ content, 40000 });
	frame = frame_finish(&builder);
	length = frame_read(frame, 1, content, &records);
	copy = frame_range_copy_for(frame, 0, frame->length, 0xabcd);
	assert_int_equal(copy->references, 1);
	assert_int_equal(copy->length, frame->length);
	assert_int_equal(frame_read(copy, 0xabcd, copied, &records), length);
	assert_int_equal(records, 4);
	assert_memory_equal(copied, content, length);
	assert_int_equal(frame_read(frame, 1, content, &records), length);
	frame_release(copy);
	frame_release(frame);
}

static void
a_copy_may_be_any_run_of_whole_records(void **state)
{
	struct frame_builder builder = { 0 };
	struct frame *frame;
	size_t starts[5];
	char content[512];

	(void)state;
	for (int i = 0; i < 4; i++) {
		frame_begin_record(&builder);
		starts[i] = frame_position(&builder);
		frame_add_event(&builder, i, NULL, span_of("x"));
	}
	frame_add_end(&builder);
	frame = frame_finish(&builder);
	starts[4] = frame->length;
	for (int from = 0; from < 5; from++) {
		for (int to = from; to < 5; to++) {
			struct frame *copy =
			    frame_range_copy_for(frame, starts[from], starts[to], 2);
			size_t records;

			assert_int_equal(copy->length, starts[to] - starts[from]);
			(void)frame_read(copy, 2, content, &records);
			assert_int_equal(records, to - from + (to == 4 && from < 4 ? 2 : 0));
			if (to > from)
				assert_int_equal(atoi((char *)copy->bytes + 20), from);
			frame_release(copy);
		}
	}
	frame_release(frame);
}

static void
a_range_is_cut_behind_the_last_record_that_fits(void **state)
{
	struct frame_builder builder = { 0 };
	struct frame *frame;
	size_t starts[5];

	(void)state;
	for (int i = 0; i < 4; i++) {
		frame_begin_record(&builder);
		starts[i] = frame_position(&builder);
		frame_add_event(&builder, i, NULL, span_of("x"));
	}
	frame = frame_finish(&builder);
	starts[4] = frame->length;
	for (int from = 0; from < 4; from++) {
		for (size_t most = 0; most <= frame->length + 1; most++) {
			int cut = from + 1; /* one record, whatever its length */

			while (cut < 4 && starts[cut + 1] - starts[from] <= most)
				cut++;
			assert_int_equal(frame_range_find_cut(frame, starts[from], starts[4], most),
			    starts[cut]);
		}
		assert_int_equal(frame_range_find_cut(frame, starts[from], starts[from + 1], 1),
		    starts[from + 1]);
	}
	frame_release(frame);
}

static void
bare_content_is_not_cut(void **state)
{
	struct frame *frame;

	(void)state;
	frame = frame_of(FRAME_BARE, 100000);
	assert_int_equal(frame_range_find_cut(frame, 0, 100000, 10), 100000);
	frame_release(frame);
}

/* As the bodies of a page are, without the ids that end them. */
static void
content_is_taken_over_without_headers_and_without_its_end(void **state)
{
	static const enum frame_form forms[] = { FRAME_RECORDS, FRAME_BARE };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct frame *frame = frame_of(forms[i], 40000), *taken;
		struct frame_builder builder = { .form = FRAME_BARE };

		frame_range_add_to(&builder, frame, 0, frame->length, 10);
		taken = frame_finish(&builder);
		assert_int_equal(taken->length, 40000 - 10);
		for (size_t at = 0; at < taken->length; at++)
			assert_int_equal(taken->bytes[at], 'a' + at % 26);
		frame_release(taken);
		frame_release(frame);
	}
}

static void
the_content_of_one_record_stands_behind_its_header(void **state)
{
	struct frame *record = frame_of(FRAME_RECORDS, 3), *bare = frame_of(FRAME_BARE, 3);

	(void)state;
	assert_true(span_equals(frame_range_content(record, 0, record->length), "abc"));
	assert_true(span_equals(frame_range_content(bare, 0, bare->length), "abc"));
	frame_release(record);
	frame_release(bare);
}

/* As a page is without its count. */
static void
a_copy_may_end_within_its_last_record(void **state)
{
	struct frame_builder builder = { 0 };
	struct frame *frame, *copy;
	size_t records, second;
	char content[512];

	(void)state;
	frame_add_content(&builder, span_of("first"));
	frame_begin_record(&builder);
	second = frame_position(&builder);
	frame_add_content(&builder, span_of("second, and its end"));
	frame = frame_finish(&builder);
	copy = frame_range_copy_start(frame, second, second + 8 + strlen("second"));
	assert_int_equal(frame_read(copy, 1, content, &records), strlen("firstsecond"));
	assert_memory_equal(content, "firstsecond", strlen("firstsecond"));
	assert_int_equal(records, 2);
	frame_release(copy);
	frame_release(frame);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_is_addressed_to_another_request),
		cmocka_unit_test(a_copy_may_be_any_run_of_whole_records),
		cmocka_unit_test(a_range_is_cut_behind_the_last_record_that_fits),
		cmocka_unit_test(bare_content_is_not_cut),
		cmocka_unit_test(content_is_taken_over_without_headers_and_without_its_end),
		cmocka_unit_test(the_content_of_one_record_stands_behind_its_header),
		cmocka_unit_test(a_copy_may_end_within_its_last_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
