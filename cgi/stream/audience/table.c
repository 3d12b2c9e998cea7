/*
 * Chained buckets, doubled when there are more nodes than buckets.  The
 * bucket is the hash's low bits and there are never fewer buckets than
 * parts, so the part of a node (fewer low bits) does not change with growth.
 */
#include "cgi/stream/audience/table.h"

#include <stdlib.h>
#include <sys/random.h>

/* FNV-1a over a secret start, with a final mix for the low bits. */
uint32_t
table_hash(const struct table *table, struct span key)
{
	uint64_t hash = table->secret;

	for (size_t i = 0; i < key.len; i++)
		hash = (hash ^ (unsigned char)key.at[i]) * 0x100000001b3u;
	hash ^= hash >> 29;
	hash *= 0xbf58476d1ce4e5b9u;
	return (uint32_t)(hash >> 32);
}

static struct table_node **
find_bucket(const struct table *table, uint32_t hash)
{
	return &table->buckets[hash & (table->bucket_count - 1)];
}

static void
allocate_buckets(struct table *table, size_t count)
{
	table->buckets = calloc(count, sizeof(*table->buckets));
	if (table->buckets == NULL)
		abort();
	table->bucket_count = count;
}

void
table_init(struct table *table)
{
	memset(table, 0, sizeof(*table));
	if (getrandom(&table->secret, sizeof(table->secret), 0) != sizeof(table->secret))
		abort();
	allocate_buckets(table, 2 * (size_t)TABLE_PARTS);
}

void
table_clear(struct table *table)
{
	free(table->buckets);
	table->buckets = NULL;
	table->bucket_count = table->node_count = 0;
}

struct table_node *
table_find(const struct table *table, struct span key)
{
	uint32_t hash = table_hash(table, key);

	for (struct table_node *node = *find_bucket(table, hash); node != NULL; node = node->next)
		if (node->hash == hash && span_equals(key, node->key))
			return node;
	return NULL;
}

static void
link_node(struct table *table, struct table_node *node)
{
	struct table_node **bucket = find_bucket(table, node->hash);

	node->next = *bucket;
	*bucket = node;
}

static void
grow(struct table *table)
{
	struct table_node **old = table->buckets;
	size_t old_count = table->bucket_count;

	allocate_buckets(table, 2 * old_count);
	for (size_t i = 0; i < old_count; i++) {
		for (struct table_node *node = old[i], *next; node != NULL; node = next) {
			next = node->next;
			link_node(table, node);
		}
	}
	free(old);
}

void
table_insert(struct table *table, struct table_node *node, const char *key)
{
	if (table->node_count == table->bucket_count)
		grow(table);
	node->key = key;
	node->hash = table_hash(table, span_of(key));
	link_node(table, node);
	table->node_count++;
}

void
table_remove(struct table *table, struct table_node *node)
{
	struct table_node **at = find_bucket(table, node->hash);

	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	table->node_count--;
}

void
table_visit_part(const struct table *table, unsigned part,
    void (*visit)(struct table_node *node, void *argument), void *argument)
{
	for (size_t i = part; i < table->bucket_count; i += TABLE_PARTS) {
		struct table_node *node = table->buckets[i];

		while (node != NULL) {
			struct table_node *next = node->next;

			visit(node, argument);
			node = next;
		}
	}
}
