/* Addresses are found by hash, and by the inquiry in the order in which they were rung. */
#include "cgi/stream/audience/address.h"

#include <stdlib.h>

#include "cgi/stream/parts/deferred_free.h"

void
addresses_init(struct addresses *addresses)
{
	table_init(&addresses->table);
	inquiry_init(&addresses->inquiry, ADDRESSES_READ_MAX);
}

void
addresses_clear(struct addresses *addresses)
{
	table_clear(&addresses->table);
}

struct address *
address_find(const struct addresses *addresses, struct span name)
{
	return (struct address *)table_find(&addresses->table, name);
}

struct address *
address_of_item(struct inquiry_item *item)
{
	return (struct address *)((char *)item - offsetof(struct address, item));
}

void
address_ring(struct address *address)
{
	inquiry_add(&address->addresses->inquiry, &address->item);
}

void
address_ring_more(struct address *address)
{
	inquiry_add_more(&address->addresses->inquiry, &address->item);
}

/* --- coming and going ------------------------------------------------------ */

struct address *
address_create(struct addresses *addresses, const char *name, int64_t seq)
{
	size_t length = strlen(name) + 1;
	struct address *address = calloc(1, sizeof(*address) + length);

	if (address == NULL)
		abort();
	memcpy(address->name, name, length);
	address->addresses = addresses;
	address->told_seq = seq;
	LIST_INIT(&address->subscriptions);
	table_insert(&addresses->table, &address->node, address->name);
	return address;
}

void
subscription_enter(
    struct subscription *subscription, struct client *client, struct address *address)
{
	subscription->client = client;
	subscription->address = address;
	LIST_INSERT_HEAD(&address->subscriptions, subscription, of_address);
	address->subscription_count++;
}

void
subscription_leave(struct subscription *subscription)
{
	struct address *address = subscription->address;

	LIST_REMOVE(subscription, of_address);
	if (--address->subscription_count > 0)
		return;
	inquiry_remove(&address->addresses->inquiry, &address->item);
	table_remove(&address->addresses->table, &address->node);
	deferred_free(address);
}

struct listing {
	struct array *people;
	size_t count;
};

static void
list_node(struct table_node *node, void *argument)
{
	struct listing *listing = argument;

	if (node->key[0] == ADDRESS_TOPIC_MARK)
		return;
	array_add_text(listing->people, node->key);
	listing->count++;
}

size_t
addresses_list_people(const struct addresses *addresses, unsigned part, struct array *people)
{
	struct listing listing = { people, 0 };

	table_visit_part(&addresses->table, part, list_node, &listing);
	return listing.count;
}
