"""The work by Polars.

Tried, and slower (10 million contacts, own sorted file, same answer):
- the in-memory engine: 2 times the seconds;
- sorted Parquet in place of Arrow IPC: lz4 1.2 times, zstd 1.3 times; `set_sorted` on the journey: no change;
- one 64-bit number for journey and point in place of three columns under `unique`: no change;
- one `group_by` per journey with `last` and `n_unique` in place of filters: 1.3 times.
From raw files: the client as text: 1.1 times; and the rule after the sort: 1.3 times. From CSV: the type `Datetime` in
the schema in place of a format for the text: 1.4 times.
"""

import os

from peer import main, timed
from work import AGENTS, CHANNELS, COLUMNS, GAP_US, GOAL, REPEATED, RULES, THREADS, UNEXPLAINED

os.environ["POLARS_MAX_THREADS"] = str(THREADS)

import polars as pl  # noqa: E402  the number of threads is read at import

GAP = pl.duration(microseconds=GAP_US)
TYPES = {"varchar": pl.String, "timestamp": pl.String, "integer": pl.Int32, "tinyint": pl.Int8, "smallint": pl.Int16}
WORDS = ["channel", "step", "intent"]
CAUSES = [*RULES, REPEATED, UNEXPLAINED]
RULE = pl.coalesce(pl.when(pl.sql_expr(when)).then(pl.lit(code, pl.Int8)) for code, when in enumerate(RULES.values()))
REPEATED_CODE, UNEXPLAINED_CODE = (pl.lit(CAUSES.index(cause), pl.Int8) for cause in (REPEATED, UNEXPLAINED))
SLIM = ["client", "ts", "channel", "step", "agent_id", RULE.alias("rule")]


def report(contacts, reached):
    """The answer over contacts sorted by client and time, with the columns of SLIM.

    Rows where a journey starts are found by looking at the row before; only journeys that no other rule explains are
    asked for their number of agents.
    """
    contacts = contacts.collect(engine="streaming")
    horizon = contacts["ts"].max()
    starts = (
        (pl.col("client") != pl.col("client").shift()).fill_null(True)
        | (pl.col("ts") - pl.col("ts").shift() > GAP)
        | (pl.col("step").shift() == GOAL)
    )
    contacts = (
        contacts.lazy()
        .with_columns(starts=starts)
        .with_columns(
            journey=pl.col("starts").cast(pl.UInt32).cum_sum(),
            is_last=pl.col("starts").shift(-1, fill_value=True),
        )
    )
    dropped = contacts.filter("is_last", pl.col("step") != GOAL, pl.lit(horizon) - pl.col("ts") > GAP).select(
        "journey", "channel", "step", "rule"
    )
    retold = (
        contacts.select("journey", "agent_id")
        .join(dropped.filter(pl.col("rule").is_null()), on="journey", how="semi")
        .unique()
        .group_by("journey")
        .len()
        .filter(pl.col("len") >= AGENTS)
        .select("journey", repeated=REPEATED_CODE)
    )
    drops = (
        dropped.join(retold, on="journey", how="left")
        .group_by("channel", "step", cause=pl.coalesce("rule", "repeated", UNEXPLAINED_CODE))
        .agg(drops=pl.len())
    )
    drops, reached = pl.collect_all([drops, reached(contacts)], engine="streaming")
    answer = drops.join(reached, on=["channel", "step"]).with_columns(pl.col("channel", "step").cast(pl.String))
    rows = answer.select("channel", "step", "cause", "drops", "reached").rows()
    return [(channel, step, CAUSES[cause], *counts) for channel, step, cause, *counts in rows]


def distinct(contacts):
    return contacts.select("journey", "channel", "step").unique().group_by("channel", "step").agg(reached=pl.len())


def bits(contacts):
    """A journey's points as the bits of one integer: for logs with at most 64 points only, and enums as words."""
    channels, steps = (contacts.collect_schema()[name].categories for name in ("channel", "step"))
    points = pl.DataFrame({"channel": channels}).join(pl.DataFrame({"step": steps}), how="cross").with_row_index("bit")
    points = points.with_columns(pl.lit(2, pl.UInt64).pow("bit").cast(pl.UInt64).alias("mask"))
    bit = pl.col("channel").to_physical().cast(pl.UInt64) * len(steps) + pl.col("step").to_physical()
    journeys = contacts.group_by("journey").agg(seen=pl.lit(2, pl.UInt64).pow(bit).cast(pl.UInt64).bitwise_or())
    return (
        journeys.group_by("seen")
        .agg(journeys=pl.len())
        .join(points.lazy(), how="cross")
        .filter(pl.col("seen") & pl.col("mask") != 0)
        .group_by("channel", "step")
        .agg(reached=pl.col("journeys").sum())
        .with_columns(pl.col("channel").cast(pl.Enum(channels)), pl.col("step").cast(pl.Enum(steps)))
    )


def sorted_file(folder):
    return folder / "polars" / "sorted.arrow"


def prepare(folder):
    """Arrow IPC, sorted by client and time, read by memory map: channel and step are enums, the client is a number."""
    sorted_file(folder).parent.mkdir(exist_ok=True)
    log = pl.scan_parquet(folder / "contacts.parquet").with_columns(pl.col(WORDS).cast(pl.String))
    words = {name: log.select(pl.col(name).unique().sort()).collect(engine="streaming")[name] for name in WORDS}
    enums = [pl.col(name).cast(pl.Enum(known)) for name, known in words.items()]
    log = log.with_columns(pl.col("client_id").hash().alias("client"), *enums).drop("client_id").sort("client", "ts")
    log.sink_ipc(sorted_file(folder), compression="uncompressed", engine="streaming")
    return 0.0, []


def store(folder, reached=distinct):
    return timed(lambda: report(pl.scan_ipc(sorted_file(folder)).select(SLIM), reached))


def unsorted(log):
    """Words as categories, the client as a hash, the rule before the sort: few and small columns are sorted."""
    log = log.with_columns(pl.col("client_id").hash().alias("client"), pl.col("channel", "step").cast(pl.Categorical))
    return timed(lambda: report(log.select(SLIM).sort("client", "ts"), distinct))


def csv(folder):
    """All logs, with types and time format given: nothing is inferred."""
    schema = {name: TYPES[kind] for name, kind in COLUMNS.items()}
    log = pl.scan_csv([folder / f"{channel}.csv" for channel in CHANNELS], schema=schema)
    return log.with_columns(pl.col("ts").str.to_datetime("%Y-%m-%d %H:%M:%S%.6f", time_unit="us"))


def ingest(folder):
    """The logs as one Parquet file, sorted by client and time. The answer is the number of its rows."""
    out = folder / "polars.parquet"
    log = csv(folder).sort("client_id", "ts")
    seconds, _ = timed(lambda: log.sink_parquet(out, compression="zstd", engine="streaming"))
    rows = pl.scan_parquet(out).select(pl.len()).collect().rows()
    out.unlink()
    return seconds, rows


FORMS = {
    "prepare": prepare,
    "store": store,
    "store-bits": lambda folder: store(folder, bits),
    "raw": lambda folder: unsorted(pl.scan_parquet(folder / "contacts.parquet")),
    "csv": lambda folder: unsorted(csv(folder)),
    "ingest": ingest,
}

if __name__ == "__main__":
    main(FORMS)
