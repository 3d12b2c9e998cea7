/*
 * An address: whose log streams here follow, which of them do, and whether
 * something new may be waiting.  It is gone with its last subscription.
 */
#ifndef PGBELL_ADDRESS_H
#define PGBELL_ADDRESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "cgi/stream/audience/inquiry.h"
#include "cgi/stream/audience/table.h"
#include "cgi/stream/parts/array.h"

#define ADDRESSES_READ_MAX 256    /* addresses in one read */
#define ADDRESS_TOPIC_MARK '\001' /* what a topic's begins with, and no user's */

struct client;

/* One stream's place in one log.  It stands in its client, which owns it. */
struct subscription {
	LIST_ENTRY(subscription) of_address;
	struct client *client;
	struct address *address;
	int64_t seq; /* of the last event given */
};

LIST_HEAD(subscription_list, subscription);

/* The addresses of a process, and of which the events are to be read. */
struct addresses {
	struct table table;
	struct inquiry inquiry;
};

struct address {
	struct table_node node; /* first: a node is an address */
	struct inquiry_item item;
	struct addresses *addresses;
	struct subscription_list subscriptions;
	size_t subscription_count;
	int64_t asked_seq; /* the number that the last read was asked from */
	int64_t told_seq;  /* up to which its streams here have been told, or need not be */
	int64_t sounded_at_ms;
	char name[]; /* a person's is the user's id */
};

/* Make an empty set.  Out of memory ends the process, here and below. */
void addresses_init(struct addresses *addresses);

/* Release the table of a set that has no address any more. */
void addresses_clear(struct addresses *addresses);

/* The address of this name, or NULL. */
struct address *address_find(const struct addresses *addresses, struct span name);

/* Make one that is not there yet, whose number is seq, for a first subscription to enter. */
struct address *address_create(struct addresses *addresses, const char *name, int64_t seq);

/* Append the people of one part of the table; returns how many. */
size_t addresses_list_people(
    const struct addresses *addresses, unsigned part, struct array *people);

/* A client follows it from now on, from its seq on. */
void subscription_enter(
    struct subscription *subscription, struct client *client, struct address *address);

/* It does not any more. */
void subscription_leave(struct subscription *subscription);

/* It may have new events; or it has more than the last read returned. */
void address_ring(struct address *address);
void address_ring_more(struct address *address);

/* The address that an item of the inquiry stands in. */
struct address *address_of_item(struct inquiry_item *item);

#endif
