/*
 * The berth: whether this process sleeps, and is rung for each commit, or is
 * awake, and looks.  Commits that ring go one after another, each with its
 * flush; so under load it is better not to be rung, and at rest it is better
 * not to look.
 *
 * A writer rings where a berth is taken, as it finds just before its commit,
 * and nobody gets a berth until those who found none taken have committed.  So a process that
 * has got one, and then looks once more, has seen all that is not rung.  A process without
 * one must look, for whatever reason.  tests/model is this and the database,
 * in every state that they can come to; sql/functions/bell has the other half.
 *
 * Pure, and knows no connection, as same_database: the listener's side asks
 * what it is to do and tells what became of it, and so does the reader's.  The
 * caller tells the time, in microseconds of a clock that never steps.
 */
#ifndef PGBELL_BERTH_H
#define PGBELL_BERTH_H

#include <stdbool.h>
#include <stdint.h>

#define BERTH_CROWD 8                /* rings among others, less those alone, that wake */
#define BERTH_CLOSE_US 1000          /* a ring that comes so soon after another is among others */
#define BERTH_LULL_US 1000000        /* and after so long the count begins anew */
#define BERTH_WINDOW_US 250000       /* so long is counted how many commits looks find */
#define BERTH_BUSY 64                /* in it; fewer, and a berth is tried for */
#define BERTH_PATIENCE_MS 100        /* to wait for writers in their commit, where it matters */
#define BERTH_PATIENCE_US 2000000    /* how often it may */
#define BERTH_RETRY_US 5000000       /* after a try that failed for another reason than that */
#define BERTH_PAUSE_OF_LOOK 2        /* behind a look that finds: so many times its length */
#define BERTH_PAUSE_MAX_US 20000     /* and no longer than this */
#define BERTH_PAUSE_EMPTY_US 500     /* behind one that does not; doubled from look to look */
#define BERTH_PAUSE_IDLE_US 40000    /* up to this */
#define BERTH_PAUSE_OTHERS_US 250000 /* or this, where others sleep and writers ring for them */
#define BERTH_LOOK_EVENTS 10000      /* that a look finds at most; more are of everybody */

enum berth_state {
	BERTH_OFF,      /* no listener is wanted: neither sleeps nor looks */
	BERTH_AWAKE,    /* looks */
	BERTH_TRYING,   /* looks, and has asked for a berth */
	BERTH_SETTLING, /* has one, and looks once more */
	BERTH_ASLEEP,   /* is rung */
	BERTH_ASTRAY,  /* has one in another database than is read: looks, and is to give it back */
	BERTH_LEAVING, /* has asked to give it back */
	BERTH_STATES
};

/* All zeroes is off; berth_start() makes it one that is awake. */
struct berth {
	enum berth_state state;
	bool is_listening; /* there is a session that a berth could be of */
	int number, pid;   /* of the berth, and of the server's process that has it */
	char *seen;    /* what the last look saw; NULL: not known, the next one is of everybody */
	bool settles;  /* the look under way was asked for with the berth */
	bool is_stale; /* and since then a ring may have been lost */
	bool is_blind; /* looks see nothing here: a standby */
	bool is_new;   /* so is the listener's session */
	bool is_calm;  /* looks have found little: a berth is wanted */
	bool others_sleep; /* when it was last refused */
	int crowd;         /* of rings */
	int rang_pid;      /* the process that rang last, and when */
	int64_t rang_at_us;
	int64_t look_at_us, pause_us; /* when the next look is due, and the pause before it */
	int64_t began_us, read_us;    /* of the look under way; what reads took since the last */
	int64_t window_at_us;         /* since when commits are counted */
	int64_t transactions;         /* that looks have found since then */
	int64_t try_at_us, patient_at_us; /* not before */
	uint64_t sleeps;                  /* times that it fell asleep */
};

/* To be awake, now. */
void berth_start(struct berth *berth, int64_t now_us);

/* Release what it owns; may be called twice. */
void berth_clear(struct berth *berth);

/* --- the listener's side ------------------------------------------------------- */

/* It listens, and rings arrive; or it does not any more, and what was rung may be lost. */
void berth_take_listener(struct berth *berth, int64_t now_us);
void berth_lose_listener(struct berth *berth, int64_t now_us);

/* It was rung, by this process of the server; crowded: while others rang as well. */
void berth_take_ring(struct berth *berth, int pid, bool crowded, int64_t now_us);

/*
 * The next thing to be asked of the database; how long a try for a berth may wait there for
 * writers in their commit; and that the caller asks it, and so it is under way.
 */
enum berth_wish { BERTH_WISH_NOTHING, BERTH_WISH_TAKE, BERTH_WISH_LEAVE };
enum berth_wish berth_wish(const struct berth *berth, int64_t now_us);
int berth_patience_ms(const struct berth *berth, int64_t now_us);
void berth_ask(struct berth *berth, enum berth_wish wish, int64_t now_us);

/* The answers: a berth's number, 0 or less for none; what was seen before it was left. */
void berth_take(struct berth *berth, int number, int pid);
void berth_refuse(struct berth *berth, bool others_sleep, int64_t now_us);
void berth_leave(struct berth *berth, const char *seen, int64_t now_us);

/* The question failed, and nothing has changed. */
void berth_fail(struct berth *berth, int64_t now_us);

/* --- the reader's side --------------------------------------------------------- */

/* How long until a look is due; INT64_MAX: none is. */
int64_t berth_look_wait_us(const struct berth *berth, int64_t now_us);

/* One is asked for; number of the berth that it is to be shown, or 0. */
int berth_begin_look(struct berth *berth, int64_t now_us);

/*
 * It has been answered.  seen: NULL where looks see nothing.  transactions: that have
 * something new.  has_berth: that it was shown is ours.
 */
void berth_finish_look(
    struct berth *berth, const char *seen, int64_t transactions, bool has_berth, int64_t now_us);

/* How long a read took: many a look is followed by one. */
void berth_note_read(struct berth *berth, int64_t read_us);

/* The reader's connection is gone: everybody is read anew. */
void berth_lose_reader(struct berth *berth);

/* Whether nothing stays unseen that is committed from now on: streams may be opened. */
bool berth_is_watching(const struct berth *berth);

#endif
