/*
 * An inquiry: the queue of the things that the database is to be asked about, and
 * the batch that it is being asked about now, the longest waiting first and each once, however
 * often there is a reason.  An item that is being asked about and becomes a reason again is asked
 * about once more.
 *
 * Items of which there is known to be more than one answer takes wait in
 * a row of their own: they may be many and each time much, and a batch that is
 * cut short is to have had the others first.
 *
 * A batch that got no answer waits again and is asked about by halves, until
 * one alone is the reason or all goes well; then batches grow again.
 *
 * Pure, and intrusive: an item stands inside the thing that is asked about.
 */
#ifndef PGBELL_INQUIRY_H
#define PGBELL_INQUIRY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#define INQUIRY_OTHERS 3 /* in a batch before each one of which there is more */

/* Transitions.  add: idle → waiting, asked → asked again; add_more: idle → more, asked → asked
 * more; take: waiting and more → asked; finish: asked → idle, the other two → waiting and more. */
enum inquiry_state {
	INQUIRY_IDLE,
	INQUIRY_WAITING,
	INQUIRY_MORE,
	INQUIRY_ASKED,
	INQUIRY_ASKED_AGAIN,
	INQUIRY_ASKED_MORE
};

/* All zeroes is an item that nothing is asked about. */
struct inquiry_item {
	TAILQ_ENTRY(inquiry_item) others;
	enum inquiry_state state;
	bool was_more; /* before it was asked about */
};

TAILQ_HEAD(inquiry_items, inquiry_item);

struct inquiry {
	struct inquiry_items waiting, more, asked;
	size_t waiting_count, more_count, asked_count;
	size_t most;  /* items in a batch, when all goes well */
	size_t batch; /* and in the next one */
};

/* Make an empty one, of batches of up to most items. */
void inquiry_init(struct inquiry *inquiry, size_t most);

/* There is something to ask about this. */
void inquiry_add(struct inquiry *inquiry, struct inquiry_item *item);

/* There is more of it than the last answer took. */
void inquiry_add_more(struct inquiry *inquiry, struct inquiry_item *item);

/* There is not: it is gone, or cannot take an answer now. */
void inquiry_remove(struct inquiry *inquiry, struct inquiry_item *item);

/*
 * Put the next one into the batch; NULL where the batch is full or nobody
 * waits.  A batch must be finished or returned before the next is begun.
 */
struct inquiry_item *inquiry_take(struct inquiry *inquiry);

/* Whether one waits; and whether as many wait as a batch takes, or one of which there is more. */
bool inquiry_is_wanted(const struct inquiry *inquiry);
bool inquiry_is_full(const struct inquiry *inquiry);

/*
 * The batch was cut short: this item, and those behind it, have had no answer
 * and keep their places.  NULL, or one that is not asked about any more: it is
 * not known where, so all of them do.
 */
void inquiry_cut(struct inquiry *inquiry, struct inquiry_item *item);

/* The batch has been answered. */
void inquiry_finish(struct inquiry *inquiry);

/* It was not: its items wait again, before all others and in their order. */
void inquiry_return(struct inquiry *inquiry);

#endif
