#!/usr/bin/env python3
"""Counts the figures of the four example logs from the raw files, and writes the tests that must give the same.

    python3 docs/examples/figures.py            every figure, and whether it agrees with the one published with the logs
    python3 docs/examples/figures.py --write    tests/real_logs/<log>.slt: the same figures as SQL, with these answers
    python3 docs/examples/figures.py --check    fails where a test file is not what --write would write

The figures of a log stand beside its configuration, in `<log>/figures.py`. Standard library only, one plain loop per
figure, nothing in common with the program but the written rules. Fails where a log is absent.
"""

import importlib
import sys
from pathlib import Path

sys.dont_write_bytecode = True

LOGS = ["bpic2012", "callcenter", "technion", "receipt"]
TESTS = Path(__file__).resolve().parents[2] / "tests" / "real_logs"


def main(arguments):
    stale = []
    for log in LOGS:
        figures = importlib.import_module(f"{log}.figures").figures_of_log()
        file = TESTS / f"{log}.slt"
        if "--write" in arguments:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(figures.slt(), encoding="utf-8")
        elif "--check" in arguments:
            if not file.exists() or file.read_text(encoding="utf-8") != figures.slt():
                stale.append(file.name)
        else:
            figures.show()
    if stale:
        return f"error: the raw logs say otherwise than {', '.join(stale)}\n\nhint: run this script with --write"
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except FileNotFoundError as absent:
        sys.exit(
            f"error: no log at `{absent.filename}`\n\n"
            "hint: the logs are not part of the project; see docs/examples/README.md"
        )
