"""The work by DuckDB.

Tried, and slower (10 million contacts, own sorted table, same answer):
- windows partitioned by client and `arg_max` per journey in one grouping: 1.8 times the seconds;
- windows partitioned by client, last contacts found by `lead`: 1.3 times; with the client as text: 4 times;
- one 64-bit number for journey and point in place of three columns under `distinct`: 1.1 times.
From raw files: the same windows over the log in any order, 1.2 to 1.8 times; a sorted temporary table first, the same.
"""

from pathlib import Path

import duckdb
from peer import main, timed
from work import AGENTS, CHANNELS, COLUMNS, GAP_US, GOAL, REPEATED, RULES, THREADS, UNEXPLAINED

RULE = "case " + " ".join(f"when {when} then '{cause}'" for cause, when in RULES.items()) + " end"

# Windows without partition over a table in its own order are computed as rows stream by: no sort, no hash of clients.
# Only journeys that no other rule explains are asked for their number of agents.
WORK = f"""
with contacts as materialized (
    select
        ts, channel, step, rule, agent_id,
        sum(starts::int) over (rows unbounded preceding) as journey,
        next_starts is not false as is_last
    from (
        select *, lead(starts) over () as next_starts
        from (
            select
                ts, channel, step, agent_id, {{rule}} as rule,
                coalesce(
                    client <> lag(client) over ()
                    or ts - lag(ts) over () > to_microseconds({GAP_US})
                    or lag(step) over () = '{GOAL}',
                    true
                ) as starts
            from {{source}}
        )
    )
),
dropped as (
    select journey, channel, step, rule
    from contacts
    where is_last and step <> '{GOAL}' and ts < (select max(ts) from contacts) - to_microseconds({GAP_US})
),
retold as (
    select journey
    from contacts
    semi join (select journey from dropped where rule is null) using (journey)
    group by journey
    having count(distinct agent_id) >= {AGENTS}
),
drops as (
    select
        channel, step,
        coalesce(rule, if(retold.journey is not null, '{REPEATED}', '{UNEXPLAINED}')) as cause,
        count(*) as drops
    from dropped left join retold using (journey)
    group by all
),
reached as ({{reached}})
select channel::varchar, step::varchar, cause, drops, reached
from drops join reached using (channel, step)
"""
REACHED = """
    select channel, step, count(*) as reached
    from (select distinct journey, channel, step from contacts)
    group by all
"""

# A journey's points as the bits of one integer: for logs with at most 63 points only.
STEPS = "len(enum_range(null::step))"
REACHED_BITS = f"""
    select
        enum_range(null::channel)[1 + point // {STEPS}] as channel,
        enum_range(null::step)[1 + point % {STEPS}] as step,
        sum(journeys)::bigint as reached
    from (
        select points, count(*) as journeys
        from (
            select bit_or(1::bigint << (enum_code(channel)::bigint * {STEPS} + enum_code(step))) as points
            from contacts
            group by journey
        )
        group by points
    ), range({STEPS} * len(enum_range(null::channel))) as bits(point)
    where (points >> point) & 1 = 1
    group by all
"""


def main_file(folder):
    return folder / "duckdb" / "sorted.duckdb"


def csv_source(folder):
    """All logs, with their types given: nothing is sniffed."""
    files = [str(folder / f"{channel}.csv") for channel in CHANNELS]
    return f"read_csv({files}, columns = {COLUMNS}, header = true, auto_detect = false, delim = ',', quote = '\"')"


def connect(file=":memory:", folder=None, **settings):
    connection = duckdb.connect(str(file), **settings)
    connection.execute(f"set threads = {THREADS}")
    if folder:
        connection.execute(f"set temp_directory = '{folder / 'duckdb.tmp'}'")
    return connection


def prepare(folder):
    """A database file, its table sorted by client and time: channel and step are enums, the client is a 64-bit hash."""
    file = main_file(folder)
    file.parent.mkdir(exist_ok=True)
    file.unlink(missing_ok=True)
    log = f"read_parquet('{folder}/contacts.parquet')"
    connection = connect(file, folder)
    words = ["channel", "step", "intent"]
    for name in words:
        connection.execute(f"create type {name} as enum (select distinct {name}::varchar from {log} order by 1)")
    columns = [
        f"{name}::varchar::{name} as {name}" if name in words else name for name in COLUMNS if name != "client_id"
    ]
    select = f"select hash(client_id) as client, {', '.join(columns)} from {log}"
    connection.execute(f"create table contacts as {select} order by client, ts")
    connection.close()
    return 0.0, []


def store(folder, reached=REACHED):
    connection = connect(main_file(folder), folder, read_only=True)
    # The table has the name of the first CTE, which hides it there.
    sql = WORK.format(rule=RULE, source="main.contacts", reached=reached)
    return timed(lambda: connection.execute(sql).fetchall())


def unsorted(folder, log):
    """The rule is applied before the sort, so that few and small columns are sorted."""
    words = "channel::varchar as channel, step::varchar as step"
    slim = f"select hash(client_id) as client, ts, {words}, agent_id, {RULE} as rule from {log} order by client, ts"
    sql = WORK.format(rule="rule", source=f"({slim})", reached=REACHED)
    connection = connect(folder=folder)
    return timed(lambda: connection.execute(sql).fetchall())


def ingest(folder):
    """The logs as one Parquet file, sorted by client and time. The answer is the number of its rows."""
    out = folder / "duckdb.parquet"
    connection = connect(folder=folder)
    select = f"select * from {csv_source(folder)} order by client_id, ts"
    seconds, _ = timed(lambda: connection.execute(f"copy ({select}) to '{out}' (format parquet, compression zstd)"))
    rows = connection.execute(f"select count(*) from '{out}'").fetchall()
    Path(out).unlink()
    return seconds, rows


FORMS = {
    "prepare": prepare,
    "store": store,
    "store-bits": lambda folder: store(folder, REACHED_BITS),
    "raw": lambda folder: unsorted(folder, f"read_parquet('{folder}/contacts.parquet')"),
    "csv": lambda folder: unsorted(folder, csv_source(folder)),
    "ingest": ingest,
}

if __name__ == "__main__":
    main(FORMS)
