"""The work, as dropoff's configuration and as SQL for the peers.

A journey ends with step `done`, or after more than 3 days without contact. It is dropped if it was never done and ended
more than 3 days before the latest contact of the log. Its point is the channel and step of its last contact; its cause
the first rule that holds there. A point is reached by the journeys, open ones too, that had a contact there.

An answer has one row per channel, step and cause of a dropped journey: channel, step, cause, drops, reached.
"""

THREADS = 2
CHANNELS = ["web", "phone", "agency"]
GOAL = "done"
GAP_US = 3 * 86_400 * 1_000_000
REPORT = "drop_offs_by_point_and_cause"

# In order of priority. The first five look at the last contact alone; REPEATED is a condition on the whole journey.
RULES = {
    "technical.error": "error_code > 0",
    "technical.slow": "channel = 'web' and load_ms > 4000",
    "relational.info": "info_requests >= 3",
    "relational.reminders": "reminders >= 2",
    "relational.wait": "wait_s > 300",
}
REPEATED = "relational.repetition"
AGENTS = 4
UNEXPLAINED = "unexplained.unexplained"

MEASURES = ["wait_s", "load_ms", "error_code", "info_requests", "reminders"]
COLUMNS = {
    "client_id": "varchar",
    "ts": "timestamp",
    "channel": "varchar",
    "step": "varchar",
    "intent": "varchar",
    "wait_s": "integer",
    "load_ms": "integer",
    "error_code": "integer",
    "info_requests": "tinyint",
    "reminders": "tinyint",
    "agent_id": "smallint",
    "site_id": "smallint",
}


def configuration(store):
    """The text of a dropoff.toml. No two contacts are within a millisecond: the last visit is the last contact."""
    parts = [
        f'[store]\npath = "{store}"\n',
        f'[journey]\ngap       = "3d"\nvisit_gap = "1ms"\ngoals     = ["{GOAL}"]\n',
        "[causes]\nshipped = false\n",
        *(_cause(cause, when) for cause, when in RULES.items()),
        _cause(REPEATED, f"agents_so_far >= {AGENTS}"),
        *(_source(channel) for channel in CHANNELS),
    ]
    return "\n".join(parts)


def _cause(cause, when):
    family, code = cause.split(".")
    return f'[[cause]]\nfamily = "{family}"\ncode   = "{code}"\nwhen   = "{when}"\n'


def _source(channel):
    measures = "".join(f'{name} = {{ column = "{name}", type = "int" }}\n' for name in MEASURES)
    return f"""[[source]]
name  = "{channel}"
files = ["{channel}.csv"]
[source.columns]
client  = "client_id"
time    = "ts"
channel = {{ column = "channel" }}
step    = "step"
motive  = "intent"
agent   = "agent_id"
site    = "site_id"
[source.measures]
{measures}"""
