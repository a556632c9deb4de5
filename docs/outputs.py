"""Keeps the outputs shown in README.md and docs/guide.md true.

usage: python3 docs/outputs.py [--check] DROPOFF      with DROPOFF the built program

A comment `<!-- output: COMMAND -->` is followed by a block with what the command prints (stderr, then stdout), on a copy
of the sample project with a fixed key; in the demo's folder, once a page has run the demo. The guide's own steps are
taken on the way: its rule, its report. `--check` changes nothing and fails where a block is not what the program prints.
"""
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
KEY = "0123456789abcdef0123456789abcdef\n"
MARK = re.compile(r"<!-- output: (?P<command>.*?) -->\n(?:\n```\n.*?\n```\n)?", re.S)
MOST_LINES = 40


def main():
    check = "--check" in sys.argv
    program = pathlib.Path(sys.argv[-1]).resolve()
    stale = []
    for name in ["README.md", "docs/guide.md"]:
        page = ROOT / name
        old = page.read_text()
        with tempfile.TemporaryDirectory() as folder:
            new = filled(old, program, pathlib.Path(folder))
        if new != old:
            stale.append(name)
            if not check:
                page.write_text(new)
    if check and stale:
        sys.exit(f"outputs are not what dropoff prints: {', '.join(stale)}; run python3 docs/outputs.py DROPOFF")
    print(f"{len(stale)} pages {'differ' if check else 'changed'}")


def filled(page, program, folder):
    walk = folder / "walk"
    shutil.copytree(ROOT / "sample_data", walk, ignore=shutil.ignore_patterns("store*", "reports", "__pycache__"))
    (walk / "store.key").write_text(KEY)
    demo = folder / "dropoff-demo"
    demo.mkdir()
    (demo / "store.key").write_text(KEY)
    done = 0
    parts = []
    for mark in MARK.finditer(page):
        take_steps(page[done:mark.start()], walk)
        parts.append(page[done:mark.start()])
        command = mark["command"]
        has_run_demo = (demo / "store").exists()
        where = folder if command == "dropoff demo" else demo if has_run_demo else walk
        parts.append(f"<!-- output: {command} -->\n\n```\n{printed(command, program, where)}\n```\n")
        done = mark.end()
    return "".join(parts) + page[done:]


def take_steps(text, walk):
    """What the guide tells the reader to write."""
    config = walk / "dropoff.toml"
    for block in re.findall(r"```toml\n(.*?)```", text, re.S):
        if block.startswith("[[cause]]"):
            config.write_text(config.read_text().replace("[[cause]]", block + "\n[[cause]]", 1))
        if block.startswith("[report]\nqueries"):
            config.write_text(config.read_text().replace("[report]", block.strip(), 1))
    for block in re.findall(r"```sql\n(-- ---.*?)```", text, re.S):
        name = re.search(r'-- name +=? *= "(\w+)"|-- name += "(\w+)"', block)
        reports = walk / "my_reports"
        reports.mkdir(exist_ok=True)
        (reports / f"{name[1] or name[2]}.sql").write_text(block)


def printed(command, program, where):
    words = shlex.split(command)
    run = subprocess.run([program, *words[1:]], cwd=where, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"`{command}` failed:\n{run.stderr}")
    text = (run.stderr + run.stdout) if command != "dropoff demo" else shown_first(run)
    lines = [line.rstrip() for line in re.sub(r"in \d+\.\d s", "in 0.1 s", text).rstrip().split("\n")]
    if len(lines) > MOST_LINES and command != "dropoff demo":
        lines = lines[:MOST_LINES] + ["…"]
    return "\n".join(lines)


def shown_first(run):
    """The account of the rows, and the table of drop-off points and of causes: one screen."""
    account, last = run.stderr.rstrip().split("\n\n")
    tables = [table for table in re.split(r"\n\n(?=\S.*\n\S.*\?)", run.stdout)]
    wanted = [table for table in tables if table.startswith("Where clients drop off")]
    return "\n\n".join([account, *wanted, "…", last])


main()
