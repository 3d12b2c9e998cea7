/*
 * The quiet bell as a model: who rings, who looks, and whether anything can stay unseen.
 *
 * Writers insert one event each, for a person of their own, try the berths, and commit, abort, or
 * stay where they are for as long as may be (a prepared transaction, a slow flush, a writer that
 * numbers early).  The process listens, hears bells, reads of whom it heard, looks, takes a berth and
 * leaves it; either of its two sessions may die at any time, also while something is under
 * way on it.  Others, which are processes or strangers, take and leave berths as they please: what
 * holds beside them holds for each of many processes.  A step is what PostgreSQL or the
 * process does at once; between two of them anything may happen.
 *
 * What must hold in every state: an event whose commit is over is told, or on its way, or is one
 * that the process does not believe to have seen.  See UNSEEN.
 *
 * A set of writers is a mask of bits.  A VARIANT is a mistake that was made, or nearly; a GOAL is a
 * state that is to be reached, or the model would say nothing.  tests/model/run has them all.
 */
#ifndef WRITERS
#define WRITERS 2
#endif
#define BERTHS 2
#define ALL ((1 << WRITERS) - 1)
#define BIT(w) (1 << (w))
#define NO_BERTH BERTHS

/*
 * As enum berth_state in cgi/stream/database/berth.h: trying is awake here, since it looks; astray, in
 * another database, is not of the model.
 */
mtype = { AWAKE, SETTLING, ASLEEP, LEAVING };

/* --- the database -------------------------------------------------------------- */

byte begun;              /* have a transaction id */
byte visible;            /* have committed: snapshots from now on see them */
byte finished;           /* whose commit is over: the bell is in the queue, the locks are free */
byte quiet;              /* who committed and did not ring */
bool taken[BERTHS];      /* somebody has it exclusively */
byte sharers[BERTHS];    /* how many have it shared */
bool listening = true;   /* its listener's session lives */
byte bells;              /* in the queue for it */

/* --- the process --------------------------------------------------------------- */

mtype state = AWAKE;
byte berth = NO_BERTH;   /* that its listener's session has */
bool known;              /* seen is known; not at first, nor while asleep */
byte seen;               /* visible in the snapshot of the last look */
byte rung;               /* are to be read */
byte told;               /* have been read */
bool deaf;               /* its listener's session is dead, and it does not know yet */

#define OPEN (finished & visible & ~(told | rung | bells) & ALL)
#define UNSEEN                                                        \
	(!deaf && (                                                   \
	    (state == ASLEEP && OPEN != 0) ||                         \
	    ((state == AWAKE || state == SETTLING) && known && (OPEN & seen) != 0)))

/* --- writers ------------------------------------------------------------------- */

inline leave_berths()
{
	d_step {
		i = 0;
		do
		:: i < BERTHS ->
			if
			:: shares & BIT(i) -> sharers[i]--
			:: else
			fi;
			i++
		:: else -> break
		od;
		shares = 0;
		i = 0
	}
}

/* One by one: the next one is tried where all before were had. */
inline try_berths()
{
	do
	:: i < BERTHS && !rings ->
		d_step {
			if
			:: !taken[i] -> sharers[i]++; shares = shares | BIT(i)
			:: else -> rings = true
			fi;
#ifdef VARIANT_FIRST_BERTH
			i = BERTHS
#else
			i++
#endif
		}
	:: else -> i = 0; break
	od
}

inline ring()
{
	d_step {
		if
		:: listening -> bells = bells | BIT(w)
		:: else
		fi
	}
}

proctype writer(byte w)
{
	byte i, shares;
	bool rings;
#ifdef VARIANT_TABLE
	/* who sleeps is a row of a table, and this is REPEATABLE READ */
	rings = state == ASLEEP || state == SETTLING;
#endif
	begun = begun | BIT(w);
#ifndef VARIANT_TABLE
	try_berths();
#endif
	if
	:: leave_berths(); goto over /* it is rolled back */
	:: skip
	fi;
#ifdef VARIANT_LOCKS_END_EARLY
	leave_berths();
#endif
	d_step {
		visible = visible | BIT(w);
		quiet = (rings -> quiet : quiet | BIT(w))
	};
	if
	:: !rings -> leave_berths()
	:: rings -> ring(); leave_berths()
	:: rings -> leave_berths(); ring()
	fi;
	finished = finished | BIT(w);
over:	skip
}

/* --- others -------------------------------------------------------------------- */

/* Another process, or a stranger, who may have a lock for as long as may be. */
proctype other(byte b)
{
	do
	:: atomic { !taken[b] && sharers[b] == 0 -> taken[b] = true };
	   taken[b] = false
	:: atomic { !taken[b] -> sharers[b]++ };
	   sharers[b]--
	od
}

/* --- what the process does ----------------------------------------------------- */

#ifdef VARIANT_FORGETS_RUNNING
#define REMEMBERED begun /* looks for ids from xmax on, and not for those that were running */
#else
#define REMEMBERED visible
#endif

inline begin_look()
{
	fresh = visible;
	remembered = REMEMBERED;
	looking = true
}

inline fall_asleep()
{
	state = ASLEEP;
	known = false
}

/* What it has found is read; or it brings that along, where it is little. */
inline finish_look(brings)
{
	if
	:: brings -> told = told | (fresh & ~seen)
	:: else -> rung = rung | (known -> (fresh & ~seen) : ALL)
	fi;
	seen = remembered;
	known = true;
	looking = false;
	if
	:: settles && state == SETTLING -> fall_asleep()
	:: else
	fi;
	settles = false
}

proctype process()
{
	byte i, fresh, remembered, noted;
	bool looking; /* the snapshot is taken, and its answer on the way */
	bool settles; /* and the berth was had before */
	byte leaves;  /* 1: it is asked to; 2: the lock is gone, and the answer on the way */

	do
	/* A bell is heard; those heard of are read. */
	:: d_step { bells != 0 && !deaf -> rung = rung | bells; bells = 0 }
	:: d_step { rung != 0 -> told = told | (rung & visible); rung = 0 }

	/* A look; who has settled for a berth looks once more, and then sleeps. */
	:: d_step { !looking && (state == AWAKE || state == SETTLING) ->
		begin_look();
		settles = state == SETTLING }
	:: d_step { looking -> finish_look(false) }
#ifdef VARIANT_BRINGS_TOO_LITTLE
	/* also where it is not known what was seen before */
	:: d_step { looking -> finish_look(true) }
#else
	:: d_step { looking && known -> finish_look(true) }
#endif

	/* A berth is taken, where one is free of everybody. */
#ifdef VARIANT_ONE_STATEMENT
	/* which has its snapshot before it tries the lock */
	:: d_step { !looking && state == AWAKE && listening && !deaf -> begin_look() };
	   d_step {
#else
	:: d_step { !looking && state == AWAKE && listening && !deaf ->
#endif
		i = 0;
		do
		:: i < BERTHS && (taken[i] || sharers[i] != 0) -> i++
		:: else -> break
		od;
		if
		:: i < BERTHS && listening ->
			taken[i] = true;
			berth = i;
			state = SETTLING;
#ifdef VARIANT_ONE_STATEMENT
			settles = true;
#endif
#ifdef VARIANT_NO_LAST_LOOK
			fall_asleep();
#endif
		:: else ->
#ifdef VARIANT_SLEEPS_ANYWHERE
			state = SETTLING; /* it was refused, and sleeps all the same */
#endif
			skip
		fi;
		i = 0 }

	/* The berth is left: what is visible is noted, then the lock goes, then comes the answer. */
	:: d_step { state == ASLEEP && !deaf && !looking ->
		state = LEAVING;
		leaves = 1;
		noted = REMEMBERED }
	:: d_step { leaves == 1 ->
		leaves = 2;
		taken[berth] = false;
		berth = NO_BERTH }
	:: d_step { leaves == 2 ->
		leaves = 0;
#ifdef VARIANT_LEAVES_FIRST
		noted = REMEMBERED;
#endif
		seen = noted;
		known = true;
		state = AWAKE }

	/* The listener's session dies; that is found out; there is a new one. */
	:: d_step { listening ->
		listening = false;
		deaf = true;
		leaves = 0;
		bells = 0;
		if
		:: berth != NO_BERTH -> taken[berth] = false; berth = NO_BERTH
		:: else
		fi }
	:: d_step { deaf ->
		deaf = false;
		settles = false;
#ifndef VARIANT_KEEPS_BELIEVING
		known = false; /* bells that it was told by are lost */
#endif
		state = AWAKE }
	:: d_step { !listening && !deaf -> listening = true }

	/* The reader's session dies, and what is under way on it; the new one reads everybody. */
	:: d_step { looking || rung != 0 ->
		looking = false;
		settles = false;
		known = false;
#ifdef VARIANT_FORGETS_WHO_WAS_RUNG
		rung = 0 }
#else
		rung = ALL }
#endif
	od
}

/* --- what is checked ----------------------------------------------------------- */

#ifdef GOAL_TOLD
#define GOAL ((quiet & told) != 0)
#endif
#ifdef GOAL_SLEEPS
#define GOAL (quiet == ALL && told == ALL && state == ASLEEP)
#endif
#ifdef GOAL_BOTH
#define GOAL (told == ALL && quiet != 0 && quiet != ALL)
#endif

proctype judge()
{
#ifdef GOAL
	d_step { GOAL -> assert(false) }
#else
	d_step { UNSEEN -> assert(false) }
#endif
}

init
{
	byte n;

	atomic {
		do
		:: n < WRITERS -> run writer(n); n++
		:: else -> break
		od;
#ifndef ALONE
		run other(0);
#endif
		run process();
		run judge()
	}
}
