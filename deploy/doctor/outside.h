/*
 * Checks from outside: what a browser would see at the public address, from the
 * row that is inserted to the byte that arrives.
 */
#ifndef PGBELL_DOCTOR_OUTSIDE_H
#define PGBELL_DOCTOR_OUTSIDE_H

#include <libpq-fe.h>

#include "deploy/doctor/site.h"

/* connection may be NULL: then only what needs no row is looked at. */
void outside_check(PGconn *connection, const struct site *site);

#endif
