/* Topics as requests name them, and ids that hold several numbers: names, limits, every cut. */
#include "cgi/stream/wire/topics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#include "tests/unit/exact.h"

/* The topics of these words. */
static struct topics
topics_of(const char *words)
{
	struct span rest = span_of(words), word;
	struct topics topics = { 0 };

	while (topics_next_word(&rest, &word))
		assert_int_equal(topics_add(&topics, exact_bytes(word.at, word.len)), TOPICS_ADDED);
	return topics;
}

static void
assert_topics(const struct topics *topics, const char *expected)
{
	char *text = topics_format(topics);

	assert_string_equal(text == NULL ? "" : text, expected);
	free(text);
}

/* After this id, the person's number (-1: none) and what the topics have. */
static void
assert_id(const char *asked, const char *id, int64_t person, const char *expected)
{
	struct topics topics = topics_of(asked);
	struct topic_after after;

	topics_read_id(&topics, exact(id), &after);
	assert_int_equal(after.is_given ? after.number : -1, person);
	assert_topics(&topics, expected);
}

static void
a_name_is_of_letters_digits_and_a_few_marks(void **state)
{
	static const char *const names[] = { "a", "question:12", "public:shop/1.2_x~y-z@b", "0" };
	static const char *const others[] = { "", " ", "a b", "a;b", "a=b", "a&b", "a,b", "a%",
		"\x01", "\x01question:12", "a\n", "\xc3\xa4", "a+b", "a*", "a\\", "a\"", "{a}",
		"[" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_true(topic_is_name(exact(names[i])));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(topic_is_name(exact(others[i])));
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;

		assert_int_equal(topic_is_name(exact_bytes(&byte, 1)),
		    c > 0 && c < 0x80 &&
			strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			       "0123456789._~:/@-",
			    c) != NULL);
	}
}

static void
a_name_has_so_many_bytes_and_not_one_more(void **state)
{
	char name[TOPIC_BYTES + 2];

	(void)state;
	memset(name, 'a', sizeof(name));
	assert_true(topic_is_name(exact_bytes(name, TOPIC_BYTES)));
	assert_false(topic_is_name(exact_bytes(name, TOPIC_BYTES + 1)));
}

static void
a_topic_comes_with_the_number_of_its_last_event_or_without(void **state)
{
	static const char *const others[] = { "=", "=7", "a=", "a=x", "a=-1", "a=7x", "a=7=8",
		"a==7", "a= 7", "a=+7", "a=1.0" };
	struct topics topics = topics_of("a b=0 c=7 d=9223372036854775807");

	(void)state;
	assert_int_equal(topics.count, 4);
	assert_false(topics.of[0].after.is_given);
	assert_true(topics.of[1].after.is_given);
	assert_int_equal(topics.of[1].after.number, 0);
	assert_topics(&topics, "a b=0 c=7 d=9223372036854775807");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(topics_add(&topics, exact(others[i])), TOPICS_MALFORMED);
	assert_int_equal(topics.count, 4);
}

static void
a_number_that_no_event_can_have_is_one_beyond_the_log(void **state)
{
	struct topics topics = topics_of("a=9223372036854775808 b=99999999999999999999999999999");

	(void)state;
	assert_int_equal(topics.of[0].after.number, TOPICS_NO_NUMBER);
	assert_topics(&topics, "a=9223372036854775807 b=9223372036854775807");
}

static void
a_topic_is_named_once(void **state)
{
	struct topics topics = topics_of("a=7 b");

	(void)state;
	assert_int_equal(topics_add(&topics, exact("a")), TOPICS_DOUBLED);
	assert_int_equal(topics_add(&topics, exact("b=1")), TOPICS_DOUBLED);
	assert_int_equal(topics_add(&topics, exact("A")), TOPICS_ADDED); /* another one */
	assert_topics(&topics, "a=7 b A");
}

/* And all of them, as long as they can be, are one id. */
static void
a_stream_follows_so_many_topics_and_not_one_more(void **state)
{
	struct topics topics = { 0 }, again = { 0 };
	char id[TOPICS_ID_BYTES], name[TOPIC_BYTES + 1], *at;
	struct topic_after person;
	char *text;

	(void)state;
	at = decimal_put(id, INT64_MAX);
	for (int i = 0; i < TOPICS_MAX; i++) {
		snprintf(name, sizeof(name), "%0*d", TOPIC_BYTES, i);
		assert_int_equal(topics_add(&topics, exact(name)), TOPICS_ADDED);
		assert_int_equal(topics_add(&again, exact(name)), TOPICS_ADDED);
		at = decimal_put(topics_put_name(at, name), INT64_MAX);
	}
	*at = '\0';
	assert_int_equal(at - id, TOPICS_ID_BYTES - 1);
	assert_int_equal(topics_add(&topics, exact("more")), TOPICS_FULL);
	assert_int_equal(topics_add(&topics, exact(name)), TOPICS_DOUBLED);
	topics_read_id(&topics, exact(id), &person);
	text = topics_format(&topics);
	again = topics_of(text);
	assert_topics(&again, text);
	free(text);
	assert_int_equal(again.of[TOPICS_MAX - 1].after.number, INT64_MAX);
	assert_true(person.is_given);
}

static void
an_id_holds_all_numbers(void **state)
{
	(void)state;
	assert_id("", "41", 41, "");
	assert_id("a b", "41", 41, "a b");
	assert_id("a b", "41;a=7;b=3", 41, "a=7 b=3");
	assert_id("a b", "41;b=3", 41, "a b=3");
	assert_id("a b", ";a=7;b=0", -1, "a=7 b=0");
	assert_id("a b=2", "41;b=9", 41, "a b=9"); /* the id is newer than the address */
	assert_id("a=2 b=2", "41;b=9", 41, "a=2 b=9");
	assert_id("", "41;a=7", 41, ""); /* followed no more */
	assert_id("a", "41;A=7;aa=8", 41, "a");
}

static void
what_is_no_id_is_one_that_nobody_can_have(void **state)
{
	static const char *const ids[] = { "x", "-1", "41;a", "41;=7", "41;a=", "41;a=x",
		"41;a=7;;b=1", "41;a=7;b", "41 ;a=7", "x;a=7", "41;a=-1", "41;a=7;b=1;c d=1", "?" };

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		assert_id("a=1 b", ids[i], TOPICS_NO_NUMBER,
		    "a=9223372036854775807 b=9223372036854775807");
	assert_id("a b", "41;a=99999999999999999999;b=1", 41, "a=9223372036854775807 b=1");
	assert_id("a b", "99999999999999999999;a=7;b=1", TOPICS_NO_NUMBER, "a=7 b=1");
}

/* However short it was cut, a number comes out that was given, or it is none: never another's. */
static void
an_id_that_was_cut_gives_nobody_the_number_of_another(void **state)
{
	static const char id[] = "41;question:12=7;question:9=3";

	(void)state;
	for (size_t length = 1; length < sizeof(id) - 1; length++) {
		struct topics topics = topics_of("question:9 question:12");
		struct topic_after person;

		topics_read_id(&topics, exact_bytes(id, length), &person);
		assert_true(
		    person.number == 4 || person.number == 41 || person.number == TOPICS_NO_NUMBER);
		if (topics.of[0].after.is_given)
			assert_int_equal(topics.of[0].after.number, TOPICS_NO_NUMBER);
		if (topics.of[1].after.is_given)
			assert_true(topics.of[1].after.number == 7 ||
				    topics.of[1].after.number == TOPICS_NO_NUMBER);
	}
}

static void
an_id_is_put_together_as_it_is_read(void **state)
{
	static const int64_t numbers[] = { 0, 9, 10, 41, 1234567890123, INT64_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		char id[TOPICS_ID_BYTES], expected[64];

		*decimal_put(topics_put_name(decimal_put(id, numbers[i]), "a"), numbers[i]) = '\0';
		snprintf(expected, sizeof(expected), "a=%lld", (long long)numbers[i]);
		assert_id("a", id, numbers[i], expected);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_of_letters_digits_and_a_few_marks),
		cmocka_unit_test(a_name_has_so_many_bytes_and_not_one_more),
		cmocka_unit_test(a_topic_comes_with_the_number_of_its_last_event_or_without),
		cmocka_unit_test(a_number_that_no_event_can_have_is_one_beyond_the_log),
		cmocka_unit_test(a_topic_is_named_once),
		cmocka_unit_test(a_stream_follows_so_many_topics_and_not_one_more),
		cmocka_unit_test(an_id_holds_all_numbers),
		cmocka_unit_test(what_is_no_id_is_one_that_nobody_can_have),
		cmocka_unit_test(an_id_that_was_cut_gives_nobody_the_number_of_another),
		cmocka_unit_test(an_id_is_put_together_as_it_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
