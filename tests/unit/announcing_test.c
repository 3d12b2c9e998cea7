/* Who of those that are here is asked about, when something has been announced. */
#include "cgi/stream/database/announcing.h"

#include "tests/unit/hub_scene.h"

static struct announcing announcing;

/* All that is asked about until nobody is left, as one text; at most so many batches. */
static const char *
take_all(int batches_max)
{
	static char all[256];
	size_t length = 0;

	for (all[0] = '\0'; announcing_is_wanted(&announcing); batches_max--) {
		assert_true(batches_max > 0);
		if (!announcing_take_batch(&announcing, hub))
			continue;
		length += (size_t)snprintf(
		    all + length, sizeof(all) - length, "%s", array_format(&announcing.people));
		assert_false(announcing_finish(&announcing, hub, false));
	}
	return all;
}

static int
begin(void **state)
{
	announcing = (struct announcing){ 0 };
	return set_up(state);
}

static int
end(void **state)
{
	announcing_clear(&announcing);
	return tear_down(state);
}

static void
nothing_is_asked_where_nothing_was_announced(void **state)
{
	(void)state;
	join(0, "ann", 1);
	announcing_take_newest(&announcing, 0);
	announcing_note_opened(&announcing, "ann");
	assert_false(announcing_is_wanted(&announcing));
}

static void
everybody_is_asked_about_once_for_a_newer_announcement(void **state)
{
	const char *all;

	(void)state;
	join(0, "ann", 1);
	join(1, "ann", 1);
	join(2, "bob", 1);
	announcing_take_newest(&announcing, 7);
	all = take_all(TABLE_PARTS);
	assert_non_null(strstr(all, "ann"));
	assert_non_null(strstr(all, "bob"));
	assert_null(strstr(strstr(all, "ann") + 1, "ann"));
	announcing_take_newest(&announcing, 7);
	assert_false(announcing_is_wanted(&announcing));
	announcing_take_newest(&announcing, 3); /* the newest is over */
	assert_false(announcing_is_wanted(&announcing));
	announcing_take_newest(&announcing, 8);
	assert_true(announcing_is_wanted(&announcing));
}

static void
whoever_comes_later_is_asked_about_alone(void **state)
{
	(void)state;
	join(0, "ann", 1);
	announcing_take_newest(&announcing, 7);
	(void)take_all(TABLE_PARTS);
	announcing_note_opened(&announcing, "bob");
	assert_string_equal(take_all(1), "{\"bob\"}");
}

static void
when_very_many_come_all_are_asked_about(void **state)
{
	(void)state;
	join(0, "ann", 1);
	announcing_take_newest(&announcing, 7);
	(void)take_all(TABLE_PARTS);
	for (int i = 0; i <= ANNOUNCING_OPENED_MAX; i++)
		announcing_note_opened(&announcing, "bob");
	assert_string_equal(take_all(TABLE_PARTS), "{\"ann\"}");
}

static void
who_is_in_others_hands_comes_last_and_after_a_pause(void **state)
{
	int pauses = 0, batches = 0;

	(void)state;
	join(0, "ann", 1); /* in one of many parts */
	announcing_take_newest(&announcing, 7);
	for (; announcing_is_wanted(&announcing) && batches < 5 && pauses < 2; batches++)
		if (announcing_take_batch(&announcing, hub))
			pauses += announcing_finish(&announcing, hub, true);
	assert_int_equal(pauses, 2);
	assert_int_equal(batches, 2);
	assert_string_equal(take_all(2), "{\"ann\"}");
}

static void
a_batch_that_was_lost_is_asked_about_again(void **state)
{
	(void)state;
	join(0, "ann", 1);
	announcing_take_newest(&announcing, 7);
	while (!announcing_take_batch(&announcing, hub))
		;
	announcing_lose(&announcing);
	assert_non_null(strstr(take_all(TABLE_PARTS), "ann"));
	announcing_forget(&announcing);
	announcing_take_newest(&announcing, 7);
	assert_true(announcing_is_wanted(&announcing));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    nothing_is_asked_where_nothing_was_announced, begin, end),
		cmocka_unit_test_setup_teardown(
		    everybody_is_asked_about_once_for_a_newer_announcement, begin, end),
		cmocka_unit_test_setup_teardown(
		    whoever_comes_later_is_asked_about_alone, begin, end),
		cmocka_unit_test_setup_teardown(
		    when_very_many_come_all_are_asked_about, begin, end),
		cmocka_unit_test_setup_teardown(
		    who_is_in_others_hands_comes_last_and_after_a_pause, begin, end),
		cmocka_unit_test_setup_teardown(
		    a_batch_that_was_lost_is_asked_about_again, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
