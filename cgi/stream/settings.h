/*
 * The settings of each part of pgbell-stream, out of those of the program.  Pure.
 */
#ifndef PGBELL_SETTINGS_H
#define PGBELL_SETTINGS_H

#include "cgi/stream/audience/hub_limits.h"
#include "cgi/stream/audience/opening.h"
#include "cgi/stream/database/doorbell.h"
#include "cgi/stream/database/reader.h"
#include "cgi/stream/parts/capacity.h"
#include "cgi/stream/wire/intake.h"
#include "common/config.h"

struct hub_limits settings_of_hub(const struct config *config, const struct capacity *capacity);

struct openings_settings settings_of_openings(const struct config *config);

struct doorbell_settings settings_of_doorbell(const struct config *config);

/* listens: whether doorbells are listened for. */
struct reader_settings settings_of_reader(const struct config *config, bool listens);

struct intake_settings settings_of_intake(
    const struct config *config, const struct capacity *capacity);

#endif
