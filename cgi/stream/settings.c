/* A part knows its own settings and not struct config, so it can be tested without it. */
#include "cgi/stream/settings.h"

struct hub_limits
settings_of_hub(const struct config *config, const struct capacity *capacity)
{
	return (struct hub_limits){
		.streams = capacity->streams,
		.streams_per_user = (size_t)config->max_streams_per_user,
		.warning_s = config->expiring_s,
		.retry_ms = (unsigned)config->retry_ms,
		.heartbeat_s = config->heartbeat_s,
		.lifetime_s = config->lifetime_s,
		.visitors = capacity->visitors,
		.replay_events = config->replay_events,
	};
}

struct openings_settings
settings_of_openings(const struct config *config)
{
	return (struct openings_settings){
		.wait_s = config->open_wait_s,
		.replay_events = config->replay_events,
		.form = config->whole_tokens ? CREDENTIALS_WHOLE : CREDENTIALS_HASHED,
	};
}

struct doorbell_settings
settings_of_doorbell(const struct config *config)
{
	return (struct doorbell_settings){
		.conninfo = config->listen_url,
		.connect_timeout_s = config->connect_timeout_s,
		.canary_s = config->canary_s,
	};
}

struct reader_settings
settings_of_reader(const struct config *config, bool listens)
{
	const struct command_settings command = {
		.statement_timeout_ms = config->statement_timeout_ms,
		.chore_timeout_ms = config->chore_timeout_ms,
		.listens = listens,
		.way = { .prepare = config->prepare, .pooled = config->pooled },
		.keeping = { .every_s = config->trim_s,
		    .event_days = config->event_keep_days,
		    .read_days = config->notification_keep_days },
		.backlog_bytes = config->backlog_bytes,
	};

	return (struct reader_settings){ config->connect_timeout_s, command };
}

struct intake_settings
settings_of_intake(const struct config *config, const struct capacity *capacity)
{
	const struct visit_settings visit = {
		.timeout_s = config->intake_s,
		.header_bytes = config->header_bytes,
		.rules = { .query_token = config->query_token, .origins = config->origins },
	};

	return (struct intake_settings){ visit, capacity->connections };
}
