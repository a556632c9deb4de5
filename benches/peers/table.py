"""What was measured, as Markdown: printed, and put into benches/README.md."""

import datetime
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from statistics import median

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- peers:begin -->", "<!-- peers:end -->"


def section(about, rounds, tasks):
    """`tasks`: (task, {name: [Run]}, {name: [ratio]}, {name: failure})"""
    lines = [
        f"{datetime.date.today()}. {about['contacts']:,} contacts, seed {about['seed']}, rounds: {rounds}.",
        f"{machine()}, two threads.",
        f"{dropoff_version(about['program'])}; "
        + ", ".join(f"{name} {version(package)}" for name, package in TOOLS.items())
        + ".",
        "",
    ]
    for task, runs, ratios, failures in tasks:
        lines += [f"**{task.title}**", "", HEAD, RULE]
        ranked = sorted(runs, key=lambda name: (name != "dropoff", median(run.seconds for run in runs[name])))
        lines += [row(name, task, runs[name], ratios.get(name)) for name in ranked]
        lines += [f"| {name} | {task.peers[name]} | failed: {failures[name]} | | | |" for name in failures]
        lines.append("")
    return "\n".join(lines)


TOOLS = {"DuckDB": "duckdb", "ClickHouse (chdb)": "chdb-core", "Polars": "polars"}
HEAD = "| who | how | seconds, median (least–most) | × dropoff | whole process, s | peak MB |"
RULE = "|---|---|---:|---:|---:|---:|"


def row(name, task, runs, ratios):
    seconds = [run.seconds for run in runs]
    spread = f"{number(median(seconds))} ({number(min(seconds))}–{number(max(seconds))})"
    ratio = f"{median(ratios):.2f}" if ratios else "–" if task.ours is None else "1"
    how = task.ours if name == "dropoff" else task.peers[name]
    wall, peak = median(run.wall for run in runs), median(run.peak_mb for run in runs)
    return f"| {name} | {how} | {spread} | {ratio} | {number(wall)} | {peak:,.0f} |"


def number(seconds):
    return f"{seconds:.3f}" if seconds < 1 else f"{seconds:.2f}" if seconds < 10 else f"{seconds:.1f}"


def dropoff_version(program):
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    command = ["git", "-C", str(README.parent), "describe", "--always", "--dirty", "--tags"]
    commit = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return f"{said} ({commit})" if commit else said


def machine():
    """Processor, cores, memory, system."""
    processor = field("/proc/cpuinfo", "model name", ":") or platform.processor()
    memory = int(field("/proc/meminfo", "MemTotal", ":").split()[0]) * 1024 / 2**30
    system = field("/etc/os-release", "PRETTY_NAME", "=").strip('"')
    return f"{processor}, {os.cpu_count()} cores, {memory:.0f} GiB, {system}, Linux {platform.release()}"


def field(file, name, mark):
    for line in Path(file).read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(mark)
        if key.strip() == name:
            return value.strip()
    return ""


def write(text):
    """Replaces what stands between the marks."""
    page = README.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN)
    _, tail = rest.split(END)
    README.write_text(f"{head}{BEGIN}\n{text}{END}{tail}", encoding="utf-8")
