/*
 * Streams of a hub that follow topics of one letter: what the tests of topics share.
 */
#ifndef PGBELL_TESTS_FOLLOWER_SCENE_H
#define PGBELL_TESTS_FOLLOWER_SCENE_H

#include "tests/unit/hub_scene.h"

#define TOPIC "\1"    /* before its name in an address */
#define FOLLOWS "\2"  /* before its name in a word that says: others may follow it now */
#define TOPIC_A_SEQ 7 /* the number that topic a has at the start, and topic b */
#define TOPIC_B_SEQ 3

/* Stream i, as "7 ab" says: of person 7, or of a visitor ("-"), from now on in topics a and b. */
static inline void
follow(size_t i, const char *who)
{
	static const char *const names[] = { "a", "b" };
	const char *letters = strchr(who, ' ') + 1;
	struct client_topic topics[2];
	struct client_opening opening = { .topics = topics };
	char user[8];

	snprintf(user, sizeof(user), "%.*s", (int)(letters - who) - 1, who);
	if (strcmp(user, "-") != 0) {
		opening.user_id = user;
		opening.seq = 41;
	}
	for (; *letters != '\0'; letters++)
		topics[opening.topic_count++] =
		    (struct client_topic){ .name = names[*letters - 'a'],
			    .seq = *letters == 'a' ? TOPIC_A_SEQ : TOPIC_B_SEQ };
	assert_int_equal(join_as(i, &opening, opening.user_id, NEVER), HUB_JOINED);
}

/* Streams 0, 1 and so on likewise, and all that comes of their joining is read off. */
#define followers(...)                                                          \
	do {                                                                    \
		static const char *const all[] = { __VA_ARGS__ };               \
                                                                                \
		for (size_t who = 0; who < sizeof(all) / sizeof(all[0]); who++) \
			follow(who, all[who]);                                  \
		settle();                                                       \
	} while (0)

/* Of whom the database is asked now, who it says nothing of. */
static inline const char *
of_whom(enum question question)
{
	question_take(hub, question, &asked);
	question_finish(hub, question);
	return array_format(&asked.arrays[QUESTION_IDS]);
}

static inline void
ring(const char *word)
{
	assert_true(hub_ring(hub, span_of(word), HUB_RING_ALL));
}

#endif
