/*
 * A topic may have ten thousand followers, so a batch takes some of them, and
 * goes on with the next where it left off.  A ring meanwhile has all
 * of them asked about once more from there on, all round: so no ring keeps
 * those at the end from their turn.
 *
 * A person who has several streams on a topic is asked about once a batch: it
 * is marked with the batch's number.  Asked about in two batches it is twice, which does no
 * harm.
 */
#include "cgi/stream/audience/follow_check.h"

#include <stdio.h>

void
follow_check_init(struct follow_check *check, struct addresses *addresses)
{
	*check = (struct follow_check){ .addresses = addresses, .most = FOLLOW_CHECK_PAIRS_MAX };
}

void
follow_check_ring(struct topic *topic)
{
	topic->left = topic->address.subscription_count;
	inquiry_add(&topic->address.addresses->to_check, &topic->item);
}

/* --- asking ---------------------------------------------------------------- */

/* Whether this person, or a visitor (NULL), is not in the batch yet for the topic at hand. */
static bool
is_new(const struct follow_check *check, struct address *person, bool *has_visitor)
{
	bool is_new = person == NULL ? !*has_visitor : person->asked_mark != check->mark;

	if (person == NULL)
		*has_visitor = true;
	else
		person->asked_mark = check->mark;
	return is_new;
}

static void
add_pair(struct follow_check *check, const struct subscription *at, struct array *users,
    struct array *topics)
{
	const struct address *person = at->client->person.address;

	array_add_text(users, person == NULL ? NULL : address_name(person));
	array_add_text(topics, address_topic(at->address));
	check->pairs++;
}

static struct inquiry_item *
take_topic(struct follow_check *check)
{
	return check->pairs < check->most ? inquiry_take(&check->addresses->to_check) : NULL;
}

static struct topic *
topic_of_item(struct inquiry_item *item)
{
	return (struct topic *)((char *)item - offsetof(struct topic, item));
}

/* As many of its followers as the batch has room for; the rest when it has been answered. */
static void
take_followers(
    struct follow_check *check, struct topic *topic, struct array *users, struct array *topics)
{
	struct subscription *first = LIST_FIRST(&topic->address.subscriptions), *at = topic->next;
	bool has_visitor = false;

	check->mark++;
	topic->asked_from = at == NULL ? first : at;
	topic->asked = 0;
	while (topic->left > 0 && check->pairs < check->most) {
		at = at == NULL ? first : at;
		if (is_new(check, at->client->person.address, &has_visitor))
			add_pair(check, at, users, topics);
		at = LIST_NEXT(at, of_address);
		topic->left--;
		topic->asked++;
	}
	topic->next = at;
	if (topic->left > 0)
		inquiry_add_more(&check->addresses->to_check, &topic->item);
}

size_t
follow_check_take(struct follow_check *check, struct array *users, struct array *topics)
{
	struct inquiry_item *item;

	check->pairs = 0;
	while ((item = take_topic(check)) != NULL)
		take_followers(check, topic_of_item(item), users, topics);
	return check->pairs;
}

void
follow_check_finish(struct follow_check *check)
{
	check->most =
	    2 * check->most < FOLLOW_CHECK_PAIRS_MAX ? 2 * check->most : FOLLOW_CHECK_PAIRS_MAX;
	inquiry_finish(&check->addresses->to_check);
}

void
follow_check_return(struct follow_check *check)
{
	struct inquiry *inquiry = &check->addresses->to_check;
	struct inquiry_item *item;

	TAILQ_FOREACH (item, &inquiry->asked, others) {
		struct topic *topic = topic_of_item(item);

		topic->next = topic->asked_from;
		topic->left += topic->asked;
		topic->asked = 0;
	}
	if (check->pairs > 0)
		check->most = (check->pairs + 1) / 2;
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
follow_check_lose(struct follow_check *check, const char *user, const char *topic)
{
	char name[ADDRESS_BYTES];
	struct address *followed, *person = NULL;

	snprintf(name, sizeof(name), "%c%s", ADDRESS_TOPIC, topic);
	followed = address_find(check->addresses, span_of(name));
	if (user != NULL)
		person = address_find(check->addresses, span_of(user));
	if (followed != NULL && user == NULL)
		end_of_visitors(followed);
	else if (followed != NULL && person != NULL)
		end_of_person(person, followed);
}
