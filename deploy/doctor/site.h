/*
 * What the doctor knows of the site that it looks at from outside.
 */
#ifndef PGBELL_DOCTOR_SITE_H
#define PGBELL_DOCTOR_SITE_H

#include <stdbool.h>
#include <stddef.h>

#define SITE_LOGS_MAX 32

struct site {
	const char *url;    /* without a path */
	const char *token;  /* of a person who is signed in; NULL: a session of our own */
	const char *cookie; /* its name, as browsers send it */
	bool has_cookie;    /* the operator has named it: then pages come with it */
	bool quick;         /* do not wait for a heartbeat */
	const char *logs[SITE_LOGS_MAX]; /* of the web server */
	size_t log_count;
};

#endif
