"""The Python module on the sample project: tables as the program gives them, errors in its words."""

import subprocess
import warnings
from pathlib import Path

import dropoff
import duckdb
import polars
import pytest


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    subprocess.run([dropoff.program(), "demo", folder], check=True, capture_output=True)
    return folder / "dropoff.toml"


def test_a_query_is_a_table(sample: Path) -> None:
    table = dropoff.query("select status, count(*) as n from journeys group by status order by status", config=sample)
    assert table.column_names == ["status", "n"]
    assert sum(table["n"].to_pylist()) == dropoff.query("select * from journeys", config=sample).num_rows


def test_tables_go_to_pandas_polars_and_duckdb(sample: Path) -> None:
    journeys = dropoff.query("select * from journeys", config=sample)
    dropped = journeys.to_pandas().query("status == 'dropped'")
    assert len(dropped) == polars.from_arrow(journeys).filter(polars.col("status") == "dropped").height
    assert duckdb.sql("select count(*) from journeys where status = 'dropped'").fetchall() == [(len(dropped),)]


def test_a_report_has_its_parameters(sample: Path) -> None:
    all_exits = dropoff.report("exits", config=sample)
    late = dropoff.report("exits", config=sample, params={"since": "2026-03-15"})
    assert sum(late["exits"].to_pylist()) < sum(all_exits["exits"].to_pylist())


def test_as_of_goes_back(sample: Path) -> None:
    now, then = (dropoff.query("select * from journeys", config=sample, as_of=day) for day in (None, "2026-03-10"))
    assert then.num_rows < now.num_rows


def test_an_empty_answer_has_its_columns(sample: Path) -> None:
    table = dropoff.query("select status from journeys where false", config=sample)
    assert (table.num_rows, table.column_names) == (0, ["status"])


def test_run_writes_reports(sample: Path, tmp_path: Path) -> None:
    dropoff.run(sample, out=tmp_path)
    assert (tmp_path / "report.html").stat().st_size > 0


def test_a_mistake_is_an_exception_in_the_words_of_the_program(sample: Path) -> None:
    with pytest.raises(dropoff.UserMistake, match="did you mean `status`"):
        dropoff.query("select statsu from journeys", config=sample)
    with pytest.raises(dropoff.UserMistake, match="there is no report `exit`"):
        dropoff.report("exit", config=sample)
    with pytest.raises(dropoff.DropoffError):
        dropoff.query("select 1", config=sample.parent / "nowhere.toml")


def test_warnings_are_warnings(tmp_path: Path) -> None:
    (tmp_path / "web.csv").write_text("client,time\na,2026-03-01 10:00\n")
    config = tmp_path / "dropoff.toml"
    config.write_text('[[source]]\nname = "web"\nfiles = "web.csv"\nchannel = "web"\ncolumns = { client = "client", time = "time" }\n')
    dropoff_run = [dropoff.program(), "--config", str(config), "ingest"]
    subprocess.run(dropoff_run, check=True, capture_output=True)
    with pytest.warns(dropoff.DropoffWarning, match="no goal is configured"):
        dropoff.report("exits", config=config)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dropoff.query("select 1", config=config)
