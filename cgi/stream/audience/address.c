/*
 * Addresses are found by hash, and by the inquiry in the order in which they
 * were rung.  The name stands behind the address, in one block with it.
 */
#include "cgi/stream/audience/address.h"

#include <stdlib.h>

#include "cgi/stream/parts/deferred_free.h"

void
addresses_init(struct addresses *addresses)
{
	table_init(&addresses->table);
	inquiry_init(&addresses->to_read, ADDRESSES_READ_MAX);
	inquiry_init(&addresses->to_check, ADDRESSES_CHECK_MAX);
	addresses->topic_count = addresses->follow_count = 0;
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

bool
address_is_topic(const char *name)
{
	return name[0] == ADDRESS_TOPIC;
}

const char *
address_name(const struct address *address)
{
	return address->node.key;
}

const char *
address_topic(const struct address *address)
{
	return address_is_topic(address->node.key) ? address->node.key + 1 : NULL;
}

struct topic *
topic_of(struct address *address)
{
	return address_is_topic(address->node.key) ? (struct topic *)address : NULL;
}

struct address *
address_of_item(struct inquiry_item *item)
{
	return (struct address *)((char *)item - offsetof(struct address, item));
}

void
address_ring(struct address *address)
{
	inquiry_add(&address->addresses->to_read, &address->item);
}

void
address_ring_more(struct address *address)
{
	inquiry_add_more(&address->addresses->to_read, &address->item);
}

/* --- coming and going ------------------------------------------------------ */

struct address *
address_create(struct addresses *addresses, const char *name, int64_t seq)
{
	bool is_topic = address_is_topic(name);
	size_t size = is_topic ? sizeof(struct topic) : sizeof(struct address);
	size_t length = strlen(name) + 1;
	struct address *address = calloc(1, size + length);

	if (address == NULL)
		abort();
	memcpy((char *)address + size, name, length);
	address->addresses = addresses;
	address->delivered_seq = seq;
	LIST_INIT(&address->subscriptions);
	table_insert(&addresses->table, &address->node, (char *)address + size);
	addresses->topic_count += is_topic;
	return address;
}

void
subscription_enter(
    struct subscription *subscription, struct client *client, struct address *address)
{
	struct topic *topic = topic_of(address);

	subscription->client = client;
	subscription->address = address;
	LIST_INSERT_HEAD(&address->subscriptions, subscription, of_address);
	address->subscription_count++;
	if (topic == NULL)
		return;
	address->addresses->follow_count++;
	topic->left += topic->left > 0; /* it stands before those that are to be asked about */
}

/* Where the asking had come to, it goes on with the next. */
static void
leave_topic(struct topic *topic, struct subscription *subscription)
{
	struct addresses *addresses = topic->address.addresses;

	addresses->follow_count--;
	if (topic->address.subscription_count == 1)
		inquiry_remove(&addresses->to_check, &topic->item);
	if (topic->next == subscription)
		topic->next = LIST_NEXT(subscription, of_address);
	if (topic->asked_from == subscription)
		topic->asked_from = LIST_NEXT(subscription, of_address);
}

void
subscription_leave(struct subscription *subscription)
{
	struct address *address = subscription->address;
	struct topic *topic = topic_of(address);

	if (topic != NULL)
		leave_topic(topic, subscription);
	LIST_REMOVE(subscription, of_address);
	if (--address->subscription_count > 0)
		return;
	inquiry_remove(&address->addresses->to_read, &address->item);
	table_remove(&address->addresses->table, &address->node);
	address->addresses->topic_count -= topic != NULL;
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

	if (node->key[0] == ADDRESS_TOPIC)
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
