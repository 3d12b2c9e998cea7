/*
 * A topic may have ten thousand followers, so a batch takes some of them, and
 * goes on with the next where it left off.  Whoever rings meanwhile has all
 * of them asked about once more from there on, all round: so no ring keeps
 * those at the end from their turn.
 *
 * A person who has several streams on a topic is asked about once a batch: it
 * is marked with the batch's number.  Asked about in two batches it is twice, which does no
 * harm.
 */
#include "cgi/stream/audience/follows.h"

#include <stdio.h>

void
follows_init(struct follows *follows, struct addresses *addresses)
{
	*follows = (struct follows){ .addresses = addresses, .most = FOLLOWS_PAIRS_MAX };
}

void
follows_ring(struct topic *topic)
{
	topic->left = topic->address.subscription_count;
	inquiry_add(&topic->address.addresses->follows, &topic->item);
}

/* --- asking ---------------------------------------------------------------- */

/* Whether this person, or a visitor (NULL), is not in the batch yet for the topic at hand. */
static bool
is_new(const struct follows *follows, struct address *person, bool *has_visitor)
{
	bool is_new = person == NULL ? !*has_visitor : person->asked_mark != follows->mark;

	if (person == NULL)
		*has_visitor = true;
	else
		person->asked_mark = follows->mark;
	return is_new;
}

static void
add_pair(struct follows *follows, const struct subscription *at, struct array *users,
    struct array *topics)
{
	const struct address *person = at->client->person.address;

	array_add_text(users, person == NULL ? NULL : address_name(person));
	array_add_text(topics, address_topic(at->address));
	follows->pairs++;
}

static struct inquiry_item *
take_topic(struct follows *follows)
{
	return follows->pairs < follows->most ? inquiry_take(&follows->addresses->follows) : NULL;
}

static struct topic *
topic_of_item(struct inquiry_item *item)
{
	return (struct topic *)((char *)item - offsetof(struct topic, item));
}

/* As many of its followers as the batch has room for; the rest when it has been answered. */
static void
take_followers(
    struct follows *follows, struct topic *topic, struct array *users, struct array *topics)
{
	struct subscription *first = LIST_FIRST(&topic->address.subscriptions), *at = topic->next;
	bool has_visitor = false;

	follows->mark++;
	topic->asked_from = at == NULL ? first : at;
	topic->asked = 0;
	while (topic->left > 0 && follows->pairs < follows->most) {
		at = at == NULL ? first : at;
		if (is_new(follows, at->client->person.address, &has_visitor))
			add_pair(follows, at, users, topics);
		at = LIST_NEXT(at, of_address);
		topic->left--;
		topic->asked++;
	}
	topic->next = at;
	if (topic->left > 0)
		inquiry_add_more(&follows->addresses->follows, &topic->item);
}

size_t
follows_take(struct follows *follows, struct array *users, struct array *topics)
{
	struct inquiry_item *item;

	follows->pairs = 0;
	while ((item = take_topic(follows)) != NULL)
		take_followers(follows, topic_of_item(item), users, topics);
	return follows->pairs;
}

void
follows_finish(struct follows *follows)
{
	follows->most =
	    2 * follows->most < FOLLOWS_PAIRS_MAX ? 2 * follows->most : FOLLOWS_PAIRS_MAX;
	inquiry_finish(&follows->addresses->follows);
}

void
follows_return(struct follows *follows)
{
	struct inquiry *inquiry = &follows->addresses->follows;
	struct inquiry_item *item;

	TAILQ_FOREACH (item, &inquiry->asked, others) {
		struct topic *topic = topic_of_item(item);

		topic->next = topic->asked_from;
		topic->left += topic->asked;
		topic->asked = 0;
	}
	if (follows->pairs > 0)
		follows->most = (follows->pairs + 1) / 2;
	inquiry_return(inquiry);
}

/* --- answers --------------------------------------------------------------- */

/* Each subscription of a person's stream to this topic. */
static void
end_of_person(struct address *person, const struct address *topic)
{
	struct subscription *at, *next;

	for (at = LIST_FIRST(&person->subscriptions); at != NULL; at = next) {
		next = LIST_NEXT(at, of_address);
		client_lose_follow(at->client, topic);
	}
}

static void
end_of_visitors(struct address *topic)
{
	struct subscription *at, *next;

	for (at = LIST_FIRST(&topic->subscriptions); at != NULL; at = next) {
		next = LIST_NEXT(at, of_address);
		if (at->client->person.address == NULL)
			client_lose_follow(at->client, topic);
	}
}

void
follows_lose(struct follows *follows, const char *user, const char *topic)
{
	char name[ADDRESS_BYTES];
	struct address *followed, *person = NULL;

	snprintf(name, sizeof(name), "%c%s", ADDRESS_TOPIC, topic);
	followed = address_find(follows->addresses, span_of(name));
	if (user != NULL)
		person = address_find(follows->addresses, span_of(user));
	if (followed != NULL && user == NULL)
		end_of_visitors(followed);
	else if (followed != NULL && person != NULL)
		end_of_person(person, followed);
}
