#!/usr/bin/env python3
"""The drop-off report by dropoff, DuckDB, ClickHouse and Polars: same log, same answers, time and memory.

    python3 benches/peers/run.py --contacts 1e7 --write

Every answer of every run is compared with dropoff's; where one differs, the differences are shown, no time is, and the
exit code is 1. Rules of the comparison: benches/README.md.
"""

import argparse
import json
import sys
from pathlib import Path

import measure
import table
from contenders import HERE, TASKS, Dropoff, Peer
from work import THREADS, configuration

ROOT = HERE.parent.parent
MOST_DIFFERENCES = 5
PROGRAM = ROOT / "target" / "release" / "dropoff"


class Differs(Exception):
    """A peer's answer is not dropoff's."""


def main():
    options = arguments()
    measure.pin(THREADS)
    folder = options.folder.resolve()
    about = make_log(options, folder)
    ours = Dropoff(options.dropoff.resolve(), folder, about["latest"])
    chosen = [(task, [name for name in task.peers if wanted(task, name, options.only)]) for task in TASKS]
    chosen = [(task, names) for task, names in chosen if names]
    prepare(ours, folder, chosen)
    expected = ours.run("store")[1]
    measured = [(task, *rounds(task, names, ours, expected, about, options.rounds)) for task, names in chosen]
    about["program"] = ours.program
    text = table.section(about, options.rounds, measured)
    print(text)
    if options.write:
        table.write(text)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=float, default=1e7)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", help="tasks or peers, joined by commas: store,raw,ingest,csv,duckdb,polars-csv,…")
    parser.add_argument("--dropoff", type=Path, default=PROGRAM, help="the built program (default: %(default)s)")
    parser.add_argument("--folder", type=Path, help="of the log and all tables (default: target/peers-CONTACTS-SEED)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="put the tables into benches/README.md")
    options = parser.parse_args()
    options.folder = options.folder or ROOT / "target" / f"peers-{int(options.contacts)}-{options.seed}"
    if not options.dropoff.exists():
        parser.error(f"no program at {options.dropoff}: cargo build --release, or --dropoff PATH")
    return options


def wanted(task, name, only):
    words = only.split(",") if only else []
    return not words or task.key in words or name in words or name.split("-")[0] in words


def make_log(options, folder):
    """The log's facts. A log that is there, with the same contacts and seed, is taken as it is."""
    facts = folder / "log.json"
    asked = {"asked": int(options.contacts), "seed": options.seed}
    about = json.loads(facts.read_text()) if facts.exists() else {}
    if not asked.items() <= about.items():
        say(f"making {asked['asked']:,} contacts in {folder}")
        # In a process of its own: what it needs at its peak must not count for those that are started from here.
        measure.run([sys.executable, "-B", HERE / "log.py", asked["asked"], asked["seed"], folder], None)
        about = json.loads(facts.read_text())
    for name in ["store", "fresh"]:
        (folder / f"{name}.toml").write_text(configuration(name), encoding="utf-8")
    return about


def prepare(ours, folder, chosen):
    """dropoff's store and the peers' own tables, not timed."""
    say("preparing dropoff's store")
    ours.prepare()
    tools = {name.split("-")[0] for task, names in chosen if task.key == "store" for name in names}
    for tool in sorted(tools):
        say(f"preparing {tool}'s table")
        Peer(f"{tool}-prepare", folder).run()


def rounds(task, names, ours, expected, about, count):
    """Runs of one task, in rounds: dropoff before every peer. → ({name: [Run]}, {name: [ratio]}, {name: failure})"""
    runs, ratios, failures = {}, {}, {}
    expected = [(about["contacts"],)] if task.key == "ingest" else expected
    measure.warm([ours.program, *(ours.folder / path for path in task.reads if (ours.folder / path).exists())])
    for turn in range(1, count + 1):
        for name in names:
            if name in failures:
                continue
            try:
                own = checked("dropoff", ours.run(task.key), expected) if task.ours else None
                peer = checked(name, Peer(name, ours.folder).run(), expected)
            except measure.Failed as error:
                failures[name] = str(error)
                say(f"{name}: {error}")
                continue
            runs.setdefault(name, []).append(peer)
            if own:
                runs.setdefault("dropoff", []).append(own)
                ratios.setdefault(name, []).append(peer.seconds / own.seconds)
            beside = f"  dropoff {own.seconds:.3f} s" if own else ""
            say(f"{task.key} {turn}/{count}  {name} {peer.seconds:.3f} s{beside}")
    return runs, ratios, failures


def checked(name, result, expected):
    """The run, if its answer is the expected one."""
    run, rows = result
    if rows == expected:
        return run
    lines = [f"  - {row}" for row in expected if row not in set(rows)][:MOST_DIFFERENCES]
    lines += [f"  + {row}" for row in rows if row not in set(expected)][:MOST_DIFFERENCES]
    raise Differs("\n".join([f"error: {name} has another answer than dropoff (-: dropoff's rows, +: its own)", *lines]))


def say(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main()
    except (Differs, measure.Failed) as problem:
        sys.exit(str(problem))
