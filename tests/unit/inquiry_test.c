/* Whom the database is asked about, in which order and how many at once. */
#include "cgi/stream/audience/inquiry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
// cmocka wants the headers above it
#include <cmocka.h>

#define ITEMS 10

static struct inquiry inquiry;
static struct inquiry_item items[ITEMS];

static int
set_up(void **state)
{
	(void)state;
	memset(items, 0, sizeof(items));
	inquiry_init(&inquiry, 8);
	return 0;
}

static void
add(size_t count)
{
	for (size_t i = 0; i < count; i++)
		inquiry_add(&inquiry, &items[i]);
}

/* Take a batch; which items it is of, by their numbers. */
static const char *
take(void)
{
	static char text[ITEMS + 1];
	struct inquiry_item *item;
	size_t length = 0;

	while ((item = inquiry_take(&inquiry)) != NULL)
		text[length++] = (char)('0' + (item - items));
	text[length] = '\0';
	return text;
}

static void
who_waits_longest_is_asked_about_first_and_once(void **state)
{
	(void)state;
	inquiry_add(&inquiry, &items[2]);
	inquiry_add(&inquiry, &items[0]);
	inquiry_add(&inquiry, &items[2]);
	assert_string_equal(take(), "20");
	inquiry_finish(&inquiry);
	assert_string_equal(take(), "");
}

static void
a_reason_that_comes_while_it_is_asked_about_is_asked_about_next(void **state)
{
	(void)state;
	add(2);
	assert_string_equal(take(), "01");
	inquiry_add(&inquiry, &items[1]);
	inquiry_add(&inquiry, &items[1]);
	inquiry_add(&inquiry, &items[2]);
	inquiry_finish(&inquiry);
	assert_string_equal(take(), "21");
}

static void
a_batch_has_its_limit_and_the_rest_waits(void **state)
{
	(void)state;
	add(7);
	assert_false(inquiry_is_full(&inquiry));
	add(8);
	assert_true(inquiry_is_full(&inquiry));
	add(9);
	assert_string_equal(take(), "01234567");
	inquiry_finish(&inquiry);
	assert_int_equal(inquiry.waiting_count, 1);
	assert_string_equal(take(), "8");
}

static void
who_is_gone_is_asked_about_no_more(void **state)
{
	(void)state;
	add(4);
	inquiry_remove(&inquiry, &items[1]);
	inquiry_remove(&inquiry, &items[9]);
	assert_string_equal(take(), "023");
	inquiry_remove(&inquiry, &items[2]);
	inquiry_add(&inquiry, &items[3]);
	inquiry_remove(&inquiry, &items[3]);
	inquiry_return(&inquiry);
	assert_string_equal(take(), "0");
}

static void
what_got_no_answer_is_asked_by_halves_down_to_one_and_then_by_doubles(void **state)
{
	(void)state;
	add(9);
	assert_string_equal(take(), "01234567");
	inquiry_return(&inquiry);
	assert_string_equal(take(), "0123");
	inquiry_return(&inquiry);
	assert_string_equal(take(), "01");
	inquiry_return(&inquiry);
	for (int times = 0; times < 2; times++) {
		assert_string_equal(take(), "0");
		inquiry_return(&inquiry);
	}
	assert_string_equal(take(), "0");
	inquiry_finish(&inquiry);
	assert_string_equal(take(), "12");
	inquiry_finish(&inquiry);
	assert_string_equal(take(), "3456");
	inquiry_finish(&inquiry);
	add(10);
	assert_string_equal(take(), "78012345");
}

static void
what_is_lost_when_nothing_was_asked_makes_batches_no_smaller(void **state)
{
	(void)state;
	for (int times = 0; times < 5; times++)
		inquiry_return(&inquiry);
	add(8);
	assert_string_equal(take(), "01234567");
}

static void
who_has_more_waits_in_a_row_of_their_own_and_has_each_fourth_turn(void **state)
{
	(void)state;
	add(4);
	assert_string_equal(take(), "0123");
	for (size_t i = 0; i < 4; i++)
		inquiry_add_more(&inquiry, &items[i]);
	inquiry_add(&inquiry, &items[0]); /* changes nothing */
	inquiry_finish(&inquiry);
	assert_true(inquiry_is_wanted(&inquiry) && inquiry_is_full(&inquiry));
	add(9);
	assert_string_equal(take(), "45607812");
	inquiry_finish(&inquiry);
	assert_string_equal(take(), "3");
	inquiry_finish(&inquiry);
	assert_false(inquiry_is_wanted(&inquiry) || inquiry_is_full(&inquiry));
}

static void
what_a_batch_was_cut_before_keeps_its_place(void **state)
{
	(void)state;
	inquiry_add_more(&inquiry, &items[8]);
	inquiry_add_more(&inquiry, &items[9]);
	add(5);
	assert_string_equal(take(), "0128349");
	inquiry_add_more(&inquiry, &items[0]);
	inquiry_add(&inquiry, &items[4]);
	inquiry_add(&inquiry, &items[5]);
	inquiry_remove(&inquiry, &items[3]);
	inquiry_cut(&inquiry, &items[8]);
	inquiry_finish(&inquiry);
	assert_string_equal(take(), "45890");
}

static void
a_batch_that_was_cut_before_one_who_has_left_is_asked_again(void **state)
{
	(void)state;
	add(4);
	assert_string_equal(take(), "0123");
	inquiry_remove(&inquiry, &items[2]);
	inquiry_cut(&inquiry, &items[2]);
	inquiry_finish(&inquiry);
	assert_string_equal(take(), "013");
	inquiry_cut(&inquiry, NULL);
	inquiry_finish(&inquiry);
	assert_string_equal(take(), "013");
}

#define test(name) cmocka_unit_test_setup(name, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(who_waits_longest_is_asked_about_first_and_once),
		test(a_reason_that_comes_while_it_is_asked_about_is_asked_about_next),
		test(a_batch_has_its_limit_and_the_rest_waits),
		test(who_is_gone_is_asked_about_no_more),
		test(what_got_no_answer_is_asked_by_halves_down_to_one_and_then_by_doubles),
		test(who_has_more_waits_in_a_row_of_their_own_and_has_each_fourth_turn),
		test(what_a_batch_was_cut_before_keeps_its_place),
		test(a_batch_that_was_cut_before_one_who_has_left_is_asked_again),
		test(what_is_lost_when_nothing_was_asked_makes_batches_no_smaller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
