/*
 * A word of the answer is `-`, or `seq[+leapt][!reason]`: the numbers stand in
 * this order, so they are read from the end.
 */
#include "cgi/stream/audience/start.h"

#include "common/http.h"

/* A log, as the database describes it to a client that has had its events up to some number. */
struct position {
	int64_t seq;              /* of its last event */
	int64_t leapt;            /* numbers behind the client's that were never given */
	const char *reset_reason; /* or NULL */
};

/* Whether there is too much behind it to be replayed: then it is reset. */
static bool
is_too_far(const struct position *position, struct topic_after after, int64_t replay_events)
{
	return after.is_given && position->reset_reason == NULL &&
	       position->seq - after.number - position->leapt > replay_events;
}

/* Cut a text at its last mark, if it has one; what is behind it, or an empty text. */
static struct span
cut_behind(struct span *text, char mark)
{
	const char *at = text->len == 0 ? NULL : memrchr(text->at, mark, text->len);
	struct span behind = { NULL, 0 };

	if (at != NULL) {
		behind = (struct span){ at + 1, (size_t)(text->at + text->len - at) - 1 };
		text->len = (size_t)(at - text->at);
	}
	return behind;
}

/* Read a word; false where it says no, or nothing that makes sense. */
static bool
read_word(struct span word, struct position *position)
{
	struct span reason = cut_behind(&word, '!'), leapt = cut_behind(&word, '+');

	*position = (struct position){ 0, 0, NULL };
	if (reason.len > 0)
		position->reset_reason = span_equals(reason, "unknown") ? "unknown" : "trimmed";
	return http_parse_integer(word, 0, INT64_MAX, &position->seq) &&
	       (leapt.len == 0 || http_parse_integer(leapt, 0, INT64_MAX, &position->leapt));
}

static void
decide_topic(struct start *start, size_t i, struct span word, int64_t replay_events)
{
	const struct topic_after after = start->topics.of[i].after;
	struct client_topic *topic = &start->of[i];
	struct position position;

	*topic = (struct client_topic){ .name = start->topics.of[i].name,
		.is_refused = !read_word(word, &position) };
	if (topic->is_refused)
		return;
	start->followed++;
	if (is_too_far(&position, after, replay_events)) {
		position.reset_reason = "too_far";
		start->too_far++;
	}
	topic->seq = position.seq;
	topic->after = after.number;
	topic->reset_reason = position.reset_reason;
	topic->resumes = after.is_given && position.reset_reason == NULL;
}

static void
decide_topics(struct start *start, const char *topics, const char *follows, int64_t replay_events)
{
	struct span rest = span_of(topics), words = span_of(follows), word;

	start->topics.count = 0;
	while (topics_next_word(&rest, &word) && topics_add(&start->topics, word) == TOPICS_ADDED) {
		if (!topics_next_word(&words, &word))
			word = span_of("-");
		decide_topic(start, start->topics.count - 1, word, replay_events);
	}
	start->opening.topics = start->of;
	start->opening.topic_count = start->topics.count;
}

void
start_decide(struct start *start, const struct start_wish *wish, const struct start_answer *answer)
{
	struct client_opening *opening = &start->opening;
	struct position position = { answer->opening.seq, answer->leapt,
		answer->opening.reset_reason };

	*opening = answer->opening;
	start->followed = start->too_far = 0;
	if (opening->user_id == NULL) {
		*opening = (struct client_opening){ 0 };
	} else {
		if (is_too_far(&position, wish->after, wish->replay_events)) {
			opening->reset_reason = "too_far";
			start->too_far++;
		}
		opening->resumes = wish->after.is_given && opening->reset_reason == NULL;
		opening->after = wish->after.number;
	}
	decide_topics(start, wish->topics, answer->follows, wish->replay_events);
}
