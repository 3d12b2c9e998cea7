/*
 * Where pgpool-II stands before a primary and its standbys, it gives what it takes for
 * mere reading to a standby: that has not yet what rang, and does not know which
 * transactions are open.  A statement that begins with these words goes to the primary,
 * whatever pgpool is set to; PostgreSQL takes them for a comment.
 */
#ifndef PGBELL_PRIMARY_H
#define PGBELL_PRIMARY_H

#define AT_PRIMARY "/*NO LOAD BALANCE*/ "

#endif
