/* The hash table: finding, growing, removing, and walking part by part. */
#include "cgi/stream/audience/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants the four headers above it
#include <cmocka.h>

#define MANY 5000

struct thing {
	struct table_node node;
	unsigned visits, part;
	char key[16];
};

static struct thing things[MANY];

static void
insert_many(struct table *table)
{
	table_init(table);
	for (unsigned i = 0; i < MANY; i++) {
		things[i] = (struct thing){ .visits = 0 };
		snprintf(things[i].key, sizeof(things[i].key), "%u", i);
		table_insert(table, &things[i].node, things[i].key);
	}
}

static void
an_empty_table_finds_nothing(void **state)
{
	struct table table;

	(void)state;
	table_init(&table);
	assert_null(table_find(&table, span_of("7")));
	assert_null(table_find(&table, span_of("")));
	assert_int_equal(table.node_count, 0);
	table_clear(&table);
}

static void
everything_is_found_however_far_it_has_grown(void **state)
{
	struct table table;

	(void)state;
	insert_many(&table);
	assert_int_equal(table.node_count, MANY);
	assert_true(table.bucket_count >= MANY / 2);
	for (unsigned i = 0; i < MANY; i++)
		assert_ptr_equal(table_find(&table, span_of(things[i].key)), &things[i].node);
	assert_null(table_find(&table, span_of("5000")));
	table_clear(&table);
}

static void
a_key_is_compared_whole(void **state)
{
	struct table table;
	struct thing thing = { .key = "ab" };

	(void)state;
	table_init(&table);
	table_insert(&table, &thing.node, thing.key);
	assert_null(table_find(&table, span_of("a")));
	assert_null(table_find(&table, span_of("abc")));
	assert_null(table_find(&table, (struct span){ "ab\0", 3 }));
	assert_non_null(table_find(&table, (struct span){ "abc", 2 }));
	table_clear(&table);
}

static void
what_was_removed_is_gone_and_the_rest_is_there(void **state)
{
	struct table table;

	(void)state;
	insert_many(&table);
	for (unsigned i = 0; i < MANY; i += 2)
		table_remove(&table, &things[i].node);
	assert_int_equal(table.node_count, MANY / 2);
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(table_find(&table, span_of(things[i].key)) != NULL, i % 2 == 1);
	table_clear(&table);
}

static void
count_visit(struct table_node *node, void *argument)
{
	struct thing *thing = (struct thing *)node;

	thing->visits++;
	thing->part = *(unsigned *)argument;
}

static void
the_parts_together_are_everything_once(void **state)
{
	struct table table;

	(void)state;
	insert_many(&table);
	for (unsigned part = 0; part < TABLE_PARTS; part++)
		table_visit_part(&table, part, count_visit, &part);
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(things[i].visits, 1);
	table_clear(&table);
}

static void
a_node_stays_in_its_part_when_the_table_grows(void **state)
{
	static struct thing more[MANY];
	static unsigned before[MANY];
	struct table table;

	(void)state;
	insert_many(&table);
	for (unsigned part = 0; part < TABLE_PARTS; part++)
		table_visit_part(&table, part, count_visit, &part);
	for (unsigned i = 0; i < MANY; i++) {
		before[i] = things[i].part;
		snprintf(more[i].key, sizeof(more[i].key), "more %u", i);
		table_insert(&table, &more[i].node, more[i].key);
	}
	for (unsigned part = 0; part < TABLE_PARTS; part++)
		table_visit_part(&table, part, count_visit, &part);
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(things[i].part, before[i]);
	table_clear(&table);
}

static void
remove_visited(struct table_node *node, void *argument)
{
	table_remove(argument, node);
	memset(node, 0xa5, sizeof(*node));
}

static void
a_visitor_may_remove_what_it_visits(void **state)
{
	struct table table;

	(void)state;
	insert_many(&table);
	for (unsigned part = 0; part < TABLE_PARTS; part++)
		table_visit_part(&table, part, remove_visited, &table);
	assert_int_equal(table.node_count, 0);
	table_clear(&table);
}

static void
each_table_has_a_secret_of_its_own(void **state)
{
	struct table one, two;

	(void)state;
	table_init(&one);
	table_init(&two);
	assert_true(one.secret != two.secret);
	table_clear(&one);
	table_clear(&two);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_table_finds_nothing),
		cmocka_unit_test(everything_is_found_however_far_it_has_grown),
		cmocka_unit_test(a_key_is_compared_whole),
		cmocka_unit_test(what_was_removed_is_gone_and_the_rest_is_there),
		cmocka_unit_test(the_parts_together_are_everything_once),
		cmocka_unit_test(a_node_stays_in_its_part_when_the_table_grows),
		cmocka_unit_test(a_visitor_may_remove_what_it_visits),
		cmocka_unit_test(each_table_has_a_secret_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
