/* How the schema was installed, as far as answers depend on it. */
#ifndef PGBELL_API_INSTALLATION_H
#define PGBELL_API_INSTALLATION_H

#include <stdbool.h>

#include "cgi/api/executor.h"

/* Whether the example application is installed; yes where the database cannot say. */
bool installation_has_example(struct executor *executor);

#endif
