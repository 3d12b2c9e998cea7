/*
 * A hash table with string keys whose nodes stand inside the things that
 * they find.  The hash is keyed with a secret of the process, because some
 * applications let people choose their own ids.
 */
#ifndef PGBELL_TABLE_H
#define PGBELL_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "common/span.h"

/* Parts that the table can be walked in, a part at a time; a power of two. */
#define TABLE_PARTS 32

struct table_node {
	struct table_node *next;
	const char *key; /* its owner is the node's */
	uint32_t hash;
};

struct table {
	struct table_node **buckets; /* owned */
	size_t bucket_count, node_count;
	uint64_t secret;
};

/* Make an empty table.  Out of memory ends the process, here and below. */
void table_init(struct table *table);

/* Release the buckets; the nodes are their owners' business. */
void table_clear(struct table *table);

/* The hash of a key, there or not. */
uint32_t table_hash(const struct table *table, struct span key);

/* The node with this key, or NULL. */
struct table_node *table_find(const struct table *table, struct span key);

/* Add a node under a key that is not there yet; key must stay as long as the node. */
void table_insert(struct table *table, struct table_node *node, const char *key);

/* Take a node out. */
void table_remove(struct table *table, struct table_node *node);

/*
 * Call visit for every node of one of TABLE_PARTS parts.  A node belongs to
 * the same part for life.  visit may remove the node that it is given and
 * no other; it must not insert.
 */
void table_visit_part(const struct table *table, unsigned part,
    void (*visit)(struct table_node *node, void *argument), void *argument);

#endif
