/*
 * One table says which event leads to which state.  That the database has a berth for us is
 * believed only while the session lives that got it; and whether it is ours in the
 * database that is read, the last look says.
 */
#include "cgi/stream/database/berth.h"

#include "common/text.h"

enum happening {
	ASKED_TO_TAKE,
	TOOK,
	WAS_REFUSED,
	SETTLED,   /* the last look is over, and the berth is ours */
	UNSETTLED, /* it is not, where looks are made */
	ASKED_TO_LEAVE,
	LEFT,
	COULD_NOT_LEAVE,
	LOST_LISTENER,
	HAPPENINGS
};

#define SAME BERTH_STATES /* and it stays as it is */

/* clang-format off */
static const enum berth_state next_states[BERTH_STATES][HAPPENINGS] = {
	/*                    asked      took            refused      settled       unsettled      to leave       left         could not     lost */
	[BERTH_OFF]      = { SAME,         SAME,           SAME,        SAME,         SAME,          SAME,          SAME,        SAME,         SAME },
	[BERTH_AWAKE]    = { BERTH_TRYING, SAME,           SAME,        SAME,         SAME,          SAME,          SAME,        SAME,         SAME },
	[BERTH_TRYING]   = { SAME,         BERTH_SETTLING, BERTH_AWAKE, SAME,         SAME,          SAME,          SAME,        SAME,         BERTH_AWAKE },
	[BERTH_SETTLING] = { SAME,         SAME,           SAME,        BERTH_ASLEEP, BERTH_ASTRAY,  SAME,          SAME,        SAME,         BERTH_AWAKE },
	[BERTH_ASLEEP]   = { SAME,         SAME,           SAME,        SAME,         SAME,          BERTH_LEAVING, SAME,        SAME,         BERTH_AWAKE },
	[BERTH_ASTRAY]   = { SAME,         SAME,           SAME,        SAME,         SAME,          BERTH_LEAVING, SAME,        SAME,         BERTH_AWAKE },
	[BERTH_LEAVING]  = { SAME,         SAME,           SAME,        SAME,         SAME,          SAME,          BERTH_AWAKE, BERTH_ASTRAY, BERTH_AWAKE },
};
/* clang-format on */

static bool
looks(const struct berth *berth)
{
	return berth->state != BERTH_OFF && berth->state != BERTH_ASLEEP &&
	       berth->state != BERTH_LEAVING;
}

static void
happen(struct berth *berth, enum happening happening)
{
	enum berth_state next = next_states[berth->state][happening];

	if (next == SAME)
		return;
	if (next == BERTH_ASLEEP)
		berth->sleeps++;
	berth->state = next;
}

static void
forget_seen(struct berth *berth)
{
	free(berth->seen);
	berth->seen = NULL;
}

static void
remember_seen(struct berth *berth, const char *seen)
{
	forget_seen(berth);
	berth->seen = text_copy(seen);
}

void
berth_start(struct berth *berth, int64_t now_us)
{
	*berth = (struct berth){ .state = BERTH_AWAKE, .window_at_us = now_us };
}

void
berth_clear(struct berth *berth)
{
	forget_seen(berth);
}

/* --- the listener's side ------------------------------------------------------- */

void
berth_take_listener(struct berth *berth, int64_t now_us)
{
	berth->is_listening = berth->is_new = true;
	berth->try_at_us = berth->patient_at_us = now_us;
	berth->crowd = 0;
}

void
berth_lose_listener(struct berth *berth, int64_t now_us)
{
	berth->is_listening = berth->settles = false;
	berth->is_stale = true;
	berth->look_at_us = now_us;
	berth->window_at_us = now_us;
	berth->transactions = 0;
	forget_seen(berth);
	happen(berth, LOST_LISTENER);
}

/* A process that rings again at once had nobody to wait for, or sends a long list in pieces. */
void
berth_take_ring(struct berth *berth, int pid, bool crowded, int64_t now_us)
{
	int64_t since_us = now_us - berth->rang_at_us;

	if (since_us > BERTH_LULL_US)
		berth->crowd = 0;
	if (crowded || (since_us < BERTH_CLOSE_US && pid != berth->rang_pid))
		berth->crowd += berth->crowd < BERTH_CROWD;
	else if (since_us >= BERTH_CLOSE_US)
		berth->crowd -= berth->crowd > 0;
	berth->rang_pid = pid;
	berth->rang_at_us = now_us;
}

static bool
is_in_crowd(const struct berth *berth)
{
	return berth->crowd == BERTH_CROWD;
}

enum berth_wish
berth_wish(const struct berth *berth, int64_t now_us)
{
	if (!berth->is_listening || now_us < berth->try_at_us)
		return BERTH_WISH_NOTHING;
	switch (berth->state) {
	case BERTH_AWAKE:
		return berth->is_calm || berth_patience_ms(berth, now_us) > 0 ? BERTH_WISH_TAKE
									      : BERTH_WISH_NOTHING;
	case BERTH_ASLEEP: return is_in_crowd(berth) ? BERTH_WISH_LEAVE : BERTH_WISH_NOTHING;
	case BERTH_ASTRAY: return BERTH_WISH_LEAVE;
	default: return BERTH_WISH_NOTHING;
	}
}

/*
 * With a new session, since only in a berth it can be had known that somebody
 * listens; and where writers go on to ring although this one is awake: perhaps because
 * it is not known.
 */
int
berth_patience_ms(const struct berth *berth, int64_t now_us)
{
	return (berth->is_new || is_in_crowd(berth)) && now_us >= berth->patient_at_us
		   ? BERTH_PATIENCE_MS
		   : 0;
}

void
berth_ask(struct berth *berth, enum berth_wish wish, int64_t now_us)
{
	if (berth_patience_ms(berth, now_us) > 0)
		berth->patient_at_us = now_us + BERTH_PATIENCE_US;
	berth->is_calm = false;
	berth->crowd = 0;
	happen(berth, wish == BERTH_WISH_TAKE ? ASKED_TO_TAKE : ASKED_TO_LEAVE);
}

void
berth_take(struct berth *berth, int number, int pid)
{
	berth->number = number;
	berth->pid = pid;
	berth->is_new = false;
	berth->look_at_us = 0;
	happen(berth, TOOK);
}

void
berth_refuse(struct berth *berth, bool others_sleep, int64_t now_us)
{
	berth->others_sleep = others_sleep;
	berth->window_at_us = now_us;
	berth->transactions = 0;
	happen(berth, WAS_REFUSED);
}

void
berth_leave(struct berth *berth, const char *seen, int64_t now_us)
{
	remember_seen(berth, seen);
	berth->look_at_us = berth->window_at_us = now_us;
	berth->transactions = berth->pause_us = 0;
	happen(berth, LEFT);
}

void
berth_fail(struct berth *berth, int64_t now_us)
{
	berth->try_at_us = now_us + BERTH_RETRY_US;
	if (berth->state == BERTH_LEAVING)
		happen(berth, COULD_NOT_LEAVE);
	else
		berth_refuse(berth, false, now_us);
}

/* --- the reader's side --------------------------------------------------------- */

int64_t
berth_look_wait_us(const struct berth *berth, int64_t now_us)
{
	if (!looks(berth))
		return INT64_MAX;
	return berth->look_at_us > now_us ? berth->look_at_us - now_us : 0;
}

int
berth_begin_look(struct berth *berth, int64_t now_us)
{
	berth->began_us = now_us;
	berth->settles = berth->state == BERTH_SETTLING;
	berth->is_stale = false;
	return berth->settles ? berth->number : 0;
}

/* A look that finds nothing is followed by an ever longer pause; one that finds much by a pause as
 * behind a read. */
static int64_t
find_pause(const struct berth *berth, bool has_found, int64_t took_us)
{
	int64_t most_us = berth->others_sleep ? BERTH_PAUSE_OTHERS_US : BERTH_PAUSE_IDLE_US;
	int64_t pause_us = berth->pause_us * 2;

	if (berth->is_blind)
		return BERTH_PAUSE_OTHERS_US;
	if (has_found) {
		pause_us = took_us * BERTH_PAUSE_OF_LOOK;
		return pause_us < BERTH_PAUSE_MAX_US ? pause_us : BERTH_PAUSE_MAX_US;
	}
	if (pause_us < BERTH_PAUSE_EMPTY_US)
		return BERTH_PAUSE_EMPTY_US;
	return pause_us < most_us ? pause_us : most_us;
}

static void
count_commits(struct berth *berth, int64_t transactions, int64_t now_us)
{
	berth->transactions += transactions;
	if (now_us - berth->window_at_us < BERTH_WINDOW_US)
		return;
	berth->is_calm = berth->transactions < BERTH_BUSY;
	berth->window_at_us = now_us;
	berth->transactions = 0;
}

void
berth_finish_look(
    struct berth *berth, const char *seen, int64_t transactions, bool has_berth, int64_t now_us)
{
	bool settles = berth->settles;

	berth->settles = false;
	berth->is_blind = seen == NULL;
	remember_seen(berth, berth->is_stale ? NULL : seen);
	berth->is_stale = false;
	count_commits(berth, transactions, now_us);
	berth->pause_us =
	    find_pause(berth, transactions > 0, now_us - berth->began_us + berth->read_us);
	berth->read_us = 0;
	berth->look_at_us = now_us + berth->pause_us;
	if (!settles)
		return;
	happen(berth, has_berth ? SETTLED : UNSETTLED);
	if (berth->state == BERTH_ASLEEP)
		forget_seen(berth); /* a process that is rung does not look */
	else
		berth->try_at_us = now_us;
}

void
berth_note_read(struct berth *berth, int64_t read_us)
{
	berth->read_us = read_us;
}

void
berth_lose_reader(struct berth *berth)
{
	berth->settles = berth->is_stale = false;
	berth->look_at_us = 0;
	forget_seen(berth);
}

bool
berth_is_watching(const struct berth *berth)
{
	return !looks(berth) || berth->seen != NULL || berth->is_blind;
}
