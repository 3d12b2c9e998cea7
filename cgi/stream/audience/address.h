/*
 * An address: whose log streams here follow, which of them do, and whether
 * something new may be waiting.  It is gone with its last subscription.  There
 * are two kinds, a person's and a topic's.
 */
#ifndef PGBELL_ADDRESS_H
#define PGBELL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "cgi/stream/audience/inquiry.h"
#include "cgi/stream/audience/table.h"
#include "cgi/stream/parts/array.h"

#define ADDRESSES_READ_MAX 256  /* addresses in one read */
#define ADDRESSES_CHECK_MAX 256 /* topics that it is asked about at once who may follow them */

/* The byte in front of a topic's name in an address, pgbell.topic_address(): no user's id has it.
 */
#define ADDRESS_TOPIC '\1'
/* And in a doorbell's word that says that others may follow the topic now. */
#define ADDRESS_FOLLOWS '\2'
#define ADDRESS_BYTES                                                              \
	256 /* of a word that is looked for, NUL included; longer is none of these \
	     */

struct client;

/* One stream's place in one log.  It is its client's. */
struct subscription {
	LIST_ENTRY(subscription) of_address;
	struct client *client;
	struct address *address; /* NULL: a visitor's to no person */
	int64_t seq;             /* of the last event given */
};

LIST_HEAD(subscription_list, subscription);

/* The addresses of a process: of which the events are to be read, and of which topics it is to be
 * asked who may follow them. */
struct addresses {
	struct table table;
	struct inquiry to_read, to_check;
	size_t topic_count, follow_count; /* topics, and subscriptions to them */
};

struct address {
	struct table_node node; /* first: a node is an address, and its key the name */
	struct inquiry_item item;
	struct addresses *addresses;
	struct subscription_list subscriptions;
	uint32_t subscription_count;
	uint32_t asked_mark;   /* of a person: see follow_check.c */
	int64_t asked_seq;     /* the number that the last read was asked from */
	int64_t delivered_seq; /* up to which its streams here have been told, or need not be */
	int64_t sounded_at_ms;
};

/* An address that is a topic's: who may follow it is asked again and again, of some at a time. */
struct topic {
	struct address address; /* first */
	struct inquiry_item item;
	struct subscription *next; /* to be asked about; NULL: the first */
	size_t left;               /* so many are to be asked about from there on, all round */
	struct subscription *asked_from;
	size_t asked; /* of these, so many from there on are being asked about */
};

/* Make an empty set.  Out of memory ends the process, here and below. */
void addresses_init(struct addresses *addresses);

/* Release the table of a set that has no address any more. */
void addresses_clear(struct addresses *addresses);

/* The address of this name, or NULL. */
struct address *address_find(const struct addresses *addresses, struct span name);

/* Make one that is not there yet, whose number is seq, for a first subscription to enter. */
struct address *address_create(struct addresses *addresses, const char *name, int64_t seq);

/* Its name; and that of its topic, or NULL. */
const char *address_name(const struct address *address);
const char *address_topic(const struct address *address);

/* The topic of an address that is one's, or NULL. */
struct topic *topic_of(struct address *address);

/* Whether the name of an address is a topic's. */
bool address_is_topic(const char *name);
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
