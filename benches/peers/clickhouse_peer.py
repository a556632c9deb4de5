"""The work by ClickHouse, embedded (chdb).

Tried, and slower (1 to 10 million contacts, own sorted table, same answer):
- all measures in the arrays, and the rule applied per journey: 1.8 times the seconds;
- `LowCardinality(String)` for channel and step in place of `Enum8`: 1.4 times; the client as text, too: 1.6 times;
- one `groupArray` per column in place of one of tuples: the same.
From raw files: without a table in memory in between, which reads the log twice, 1.1 to 1.2 times; `LowCardinality`
there, 1.1 times.
Without `optimize_aggregation_in_order` it is 1.1 times as fast and wrong at times: two threads share a client's rows,
and `groupArray` does not keep their order.
"""

import csv
import io
import shutil

from chdb import session
from peer import main, timed
from work import AGENTS, CHANNELS, COLUMNS, GAP_US, GOAL, REPEATED, RULES, THREADS, UNEXPLAINED

TYPES = {"varchar": "String", "timestamp": "DateTime64(6)", "integer": "Int32", "tinyint": "Int8", "smallint": "Int16"}
WORDS = ["channel", "step", "intent"]
CAUSES = [UNEXPLAINED, *RULES, REPEATED]
NONE = len(CAUSES)
RULE = "multiIf(" + ", ".join(f"ifNull({when}, 0), {code}" for code, when in enumerate(RULES.values(), 1)) + ", 0)"

# Points of a journey are unfolded with its cause, so that one grouping gives both drops and reach.
ANSWER = f"""
select
    toString(channel), toString(step), [{", ".join(f"'{cause}'" for cause in CAUSES)}][cause + 1], drops,
    sum(journeys) over (partition by channel, step) as reached
from (
    select point.1 as channel, point.2 as step, cause,
        countIf(cause < {NONE} and point = last_point) as drops, count() as journeys
    from causes array join points as point
    group by channel, step, cause
)
qualify drops > 0
settings max_threads = {THREADS}
"""

# A client's contacts as one array of tuples, split where a journey starts.
ARRAYS = f"""
with
(select toUnixTimestamp64Micro(max(ts)) from {{log}}) as horizon,
clients as (select {{contacts}} as contacts from ({{source}}) group by client),
journeys as (
    select arrayJoin(arraySplit(
        (contact, pause, ended) -> pause > {GAP_US} or ended,
        contacts,
        arrayDifference(contacts.1),
        arrayPopBack(arrayPushFront(arrayMap(step -> step = '{GOAL}', contacts.3), 0))
    )) as journey
    from clients
),
causes as (
    select
        journey[-1] as last,
        (last.2, last.3) as last_point,
        arrayDistinct(arrayZip(journey.2, journey.3)) as points,
        multiIf(
            last.3 = '{GOAL}' or last.1 >= horizon - {GAP_US}, {NONE},
            last.4 > 0, last.4,
            arrayUniq(journey.5) >= {AGENTS}, {CAUSES.index(REPEATED)},
            0
        ) as cause
    from journeys
)
{ANSWER}"""
SLIM = f"toUnixTimestamp64Micro(ts) as us, channel, step, {RULE} as rule, agent_id"
GROUPED = "groupArray((us, channel, step, rule, agent_id))"

# The same by window functions, which read in the table's order.
WINDOWS = f"""
with
(select max(ts) from contacts) as horizon,
started as (
    select client, ts, channel, step, {RULE} as rule, agent_id,
        dateDiff('microsecond', lagInFrame(ts) over before, ts) > {GAP_US}
        or lagInFrame(step = '{GOAL}') over before as starts
    from contacts
    window before as (partition by client order by ts rows between 1 preceding and current row)
),
numbered as (
    select *, sum(starts) over up_to_here as journey
    from started
    window up_to_here as (partition by client order by ts rows between unbounded preceding and current row)
),
causes as (
    select
        argMax((channel, step, rule, ts), ts) as last,
        (last.1, last.2) as last_point,
        groupUniqArray((channel, step)) as points,
        multiIf(
            last.2 = '{GOAL}' or dateDiff('microsecond', last.4, horizon) <= {GAP_US}, {NONE},
            last.3 > 0, last.3,
            uniqExact(agent_id) >= {AGENTS}, {CAUSES.index(REPEATED)},
            0
        ) as cause
    from numbered
    group by client, journey
)
{ANSWER}, optimize_read_in_window_order = 1"""


def structure():
    return ", ".join(f"{name} {kind(name)}" for name in COLUMNS)


def kind(name):
    """`error_code` is the one column with gaps."""
    return f"Nullable({TYPES[COLUMNS[name]]})" if name == "error_code" else TYPES[COLUMNS[name]]


def parquet(folder):
    return f"file('{folder}/contacts.parquet', Parquet, '{structure()}')"


def csv_files(folder):
    return f"file('{folder}/{{{','.join(CHANNELS)}}}.csv', CSVWithNames, '{structure()}')"


def rows(answer):
    return [(*row[:3], *map(int, row[3:])) for row in csv.reader(io.StringIO(str(answer)))]


def opened(folder):
    connection = session.Session(str(folder / "clickhouse"))
    connection.query("create database if not exists peer")
    connection.query("use peer")
    return connection


def prepare(folder):
    """A MergeTree of one part, sorted by client and time: channel and step are enums, the client is a 64-bit hash."""
    shutil.rmtree(folder / "clickhouse", ignore_errors=True)
    connection = opened(folder)
    log = parquet(folder)
    kinds = {name: kind(name) for name in COLUMNS if name != "client_id"}
    for name in WORDS:
        words = str(connection.query(f"select distinct {name} from {log} order by 1", "TSV")).split()
        kinds[name] = f"Enum8({', '.join(repr(word) for word in words)})"
    columns = ", ".join(f"{name} {type_}" for name, type_ in kinds.items())
    connection.query(f"create table contacts (client UInt64, {columns}) engine = MergeTree order by (client, ts)")
    select = f"select cityHash64(client_id), {', '.join(kinds)} from {log}"
    connection.query(f"insert into contacts {select} settings max_threads = {THREADS}")
    connection.query("optimize table contacts final")
    connection.close()
    return 0.0, []


def store(folder):
    source = f"select client, {SLIM} from contacts order by client, ts"
    sql = ARRAYS.format(log="contacts", contacts=GROUPED, source=source) + ", optimize_aggregation_in_order = 1"
    return from_table(folder, sql)


def from_table(folder, sql):
    connection = opened(folder)
    seconds, answer = timed(lambda: connection.query(sql, "CSV"))
    connection.close()
    return seconds, rows(answer)


def unsorted(log):
    """Read once, into memory: the client as a hash, the rule applied. Then each client's array is sorted by itself."""
    slim = f"select cityHash64(client_id) as client, ts, {SLIM} from {log}"
    sql = ARRAYS.format(log="slim", contacts=f"arraySort({GROUPED})", source="select * from slim")
    connection = session.Session()

    def work():
        connection.query(f"create table slim engine = Memory as {slim} settings max_threads = {THREADS}")
        return connection.query(sql, "CSV")

    connection.query("create database peer")
    connection.query("use peer")
    seconds, answer = timed(work)
    connection.close()
    return seconds, rows(answer)


def ingest(folder):
    """The logs in a MergeTree sorted by client and time, its parts not merged. The answer is the number of its rows."""
    place = folder / "clickhouse.ingest"
    shutil.rmtree(place, ignore_errors=True)
    connection = session.Session(str(place))
    connection.query("create database peer")
    columns = ", ".join(
        f"{name} LowCardinality({kind(name)})" if name in WORDS else f"{name} {kind(name)}" for name in COLUMNS
    )
    connection.query(f"create table peer.contacts ({columns}) engine = MergeTree order by (client_id, ts)")
    threads = f"max_threads = {THREADS}, max_insert_threads = {THREADS}"
    insert = f"insert into peer.contacts select * from {csv_files(folder)} settings {threads}"
    seconds, _ = timed(lambda: connection.query(insert))
    count = int(str(connection.query("select count() from peer.contacts", "CSV")))
    connection.close()
    shutil.rmtree(place, ignore_errors=True)
    return seconds, [(count,)]


FORMS = {
    "prepare": prepare,
    "store": store,
    "store-windows": lambda folder: from_table(folder, WINDOWS),
    "raw": lambda folder: unsorted(parquet(folder)),
    "csv": lambda folder: unsorted(csv_files(folder)),
    "ingest": ingest,
}

if __name__ == "__main__":
    main(FORMS)
