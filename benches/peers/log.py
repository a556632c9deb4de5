"""Makes a contact log for timing: contacts.parquet, one CSV per channel and log.json, all in time order.

    python3 benches/peers/log.py CONTACTS SEED FOLDER

Journeys are drawn in windows of their start; a window's contacts are written once no later journey can come before
them, so memory depends on the window and hardly on the log. All times are at least a millisecond apart, in the log as a
whole: no tie rule is needed to compare answers, and a visit is one contact (see work.py).
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from work import CHANNELS, GOAL

START_US = 1_767_225_600_000_000  # 2026-01-01
DAYS = 90
SECOND_US = 1_000_000
LEAST_PAUSE_US = 1_000
STEPS = 14
LONGEST_JOURNEY = 40
JOURNEYS_PER_WINDOW = 500_000
STEP_NAMES = [f"step_{step:02d}" for step in range(STEPS - 1)] + [GOAL]
MOTIVE_NAMES = [f"intent_{motive}" for motive in range(8)]

SCHEMA = pa.schema(
    {
        "client_id": pa.string(),
        "ts": pa.timestamp("us"),
        "channel": pa.dictionary(pa.int8(), pa.string()),
        "step": pa.dictionary(pa.int8(), pa.string()),
        "intent": pa.dictionary(pa.int8(), pa.string()),
        "wait_s": pa.int32(),
        "load_ms": pa.int32(),
        "error_code": pa.int32(),
        "info_requests": pa.int8(),
        "reminders": pa.int8(),
        "agent_id": pa.int16(),
        "site_id": pa.int16(),
    }
)
TEXT_SCHEMA = pa.schema(
    [field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field for field in SCHEMA]
)
PLAIN = pa.csv.WriteOptions(include_header=False, quoting_style="none")


def write_log(contacts, seed, folder):
    """The log's number of contacts (`contacts`, or a few less where that is below some thousands) and latest moment."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    written, latest_us = 0, 0
    parquet = pq.ParquetWriter(folder / "contacts.parquet", SCHEMA, compression="zstd")
    logs = [open_csv(folder / f"{channel}.csv") for channel in CHANNELS]
    for times, clients, steps in in_time_order(contacts, rng):
        times, clients, steps = (values[: contacts - written] for values in (times, clients, steps))
        if not len(times):
            break
        times = apart(times, latest_us)
        written, latest_us = written + len(times), int(times[-1])
        table, channels = with_measures(times, clients, steps, rng)
        parquet.write_table(table, row_group_size=1_000_000)
        text = table.cast(TEXT_SCHEMA)
        for code, log in enumerate(logs):
            pa.csv.write_csv(text.filter(pa.array(channels == code)), log, PLAIN)
    for file in (parquet, *logs):
        file.close()
    about = {"asked": contacts, "contacts": written, "seed": seed, "latest": as_text(latest_us), "latest_us": latest_us}
    (folder / "log.json").write_text(json.dumps(about) + "\n", encoding="utf-8")
    return about


def open_csv(path):
    """The file, with its header."""
    log = path.open("wb")
    log.write((",".join(SCHEMA.names) + "\n").encode())
    return log


def in_time_order(contacts, rng):
    """Chunks of (time in us, client, step), each chunk in time order and after the one before.

    A few journeys more than needed are drawn: the log is cut in the middle of life, as real logs are.
    """
    journeys = math.ceil(contacts / 4.8)
    windows = max(1, math.ceil(journeys / JOURNEYS_PER_WINDOW))
    edges = np.linspace(0, DAYS * 86_400 * SECOND_US, windows + 1).astype("int64") + START_US
    waiting = (np.empty(0, "int64"), np.empty(0, "int32"), np.empty(0, "int8"))
    for window in range(windows):
        begun = journeys * (window + 1) // windows - journeys * window // windows
        drawn = draw_journeys(begun, edges[window], edges[window + 1], max(1, contacts // 10), rng)
        waiting = tuple(np.concatenate(pair) for pair in zip(waiting, drawn, strict=True))
        ripe = waiting[0] < edges[window + 1] if window + 1 < windows else np.ones(len(waiting[0]), bool)
        order = np.flatnonzero(ripe)[np.argsort(waiting[0][ripe], kind="stable")]
        yield tuple(values[order] for values in waiting)
        waiting = tuple(values[~ripe] for values in waiting)


def draw_journeys(journeys, start_us, end_us, clients, rng):
    """(time, client, step) of journeys that begin in a window: five contacts on average, 20 hours apart; 55% reach the
    goal."""
    length = np.minimum(rng.geometric(0.2, journeys), LONGEST_JOURNEY)
    first = np.cumsum(length) - length
    total = int(length.sum())
    position = np.arange(total) - np.repeat(first, length)
    pause = rng.exponential(20 * 3600 * SECOND_US, total)
    pause[first] = 0
    elapsed = np.cumsum(pause)
    elapsed -= np.repeat(elapsed[first], length)
    times = np.repeat(rng.integers(start_us, end_us, journeys), length) + elapsed.astype("int64")
    client = np.repeat(rng.integers(0, clients, journeys, dtype="int32"), length)
    step = np.minimum(position + rng.integers(0, 3, total), STEPS - 2).astype("int8")
    won = rng.random(journeys) < 0.55
    step[(first + length - 1)[won]] = STEPS - 1
    return times, client, step


def apart(times, latest_us):
    """Sorted times, moved to be at least a millisecond after each other and after `latest_us`."""
    rank = np.arange(1, len(times) + 1) * LEAST_PAUSE_US
    return np.maximum(np.maximum.accumulate(times - rank), latest_us) + rank


def with_measures(times, clients, steps, rng):
    """A table of SCHEMA, and the code of each row's channel."""
    n = len(times)
    channels = rng.choice(3, n, p=[0.6, 0.3, 0.1]).astype("int8")
    error = np.where(rng.random(n) < 0.04, rng.integers(500, 505, n), 0).astype("int32")
    agent = rng.integers(0, 900, n).astype("int16")
    number = pc.utf8_lpad(pa.array(clients).cast(pa.string()), 9, "0")
    columns = [
        pc.binary_join_element_wise("C", number, ""),
        pa.array(times, type=pa.timestamp("us")),
        pa.DictionaryArray.from_arrays(pa.array(channels), pa.array(CHANNELS)),
        pa.DictionaryArray.from_arrays(pa.array(steps), pa.array(STEP_NAMES)),
        pa.DictionaryArray.from_arrays(pa.array(rng.integers(0, 8, n).astype("int8")), pa.array(MOTIVE_NAMES)),
        pa.array(rng.exponential(90, n).astype("int32")),
        pa.array(rng.lognormal(7, 0.8, n).astype("int32")),
        pa.array(error, mask=error == 0),
        pa.array(rng.poisson(0.7, n).astype("int8")),
        pa.array(rng.poisson(0.4, n).astype("int8")),
        pa.array(agent),
        pa.array(agent // 30, type=pa.int16()),
    ]
    return pa.table(columns, schema=SCHEMA), channels


def as_text(time_us):
    """RFC 3339, to the microsecond."""
    return str(np.datetime64(time_us, "us")) + "Z"


if __name__ == "__main__":
    contacts, seed, folder = sys.argv[1:]
    print(json.dumps(write_log(int(float(contacts)), int(seed), Path(folder))))
