"""What every peer's script does: run one form of the work, and print what it took.

    python3 benches/peers/NAME_peer.py FORM FOLDER

A form is a function of the log's folder; it gives the seconds of its timed part and its answer. What the timed part
leaves out, imports and opening, is in the peers' favour.
"""

import json
import sys
import time
from pathlib import Path


def timed(work):
    """(seconds, what `work` gives)"""
    started = time.perf_counter()
    answer = work()
    return time.perf_counter() - started, answer


def main(forms):
    form, folder = sys.argv[1:]
    seconds, rows = forms[form](Path(folder).resolve())
    json.dump({"seconds": seconds, "rows": [list(row) for row in rows]}, sys.stdout)
