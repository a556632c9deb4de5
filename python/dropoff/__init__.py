"""Find where clients drop off, from the contact logs of every channel.

The program ``dropoff`` does the work; this module runs it and hands its answers over as Arrow tables, which polars, pandas and DuckDB
read without a copy::

    import dropoff

    dropoff.run("shop/dropoff.toml")
    table = dropoff.query("select status, count(*) as n from journeys group by status", config="shop/dropoff.toml")
    table.to_pandas()

What the program says beside its answers comes as Python warnings, and its errors come as exceptions, in the same words.
"""

from dropoff._program import (
    CheckFailed,
    DropoffBug,
    DropoffError,
    DropoffWarning,
    EnvironmentFailed,
    UserMistake,
    program,
    query,
    report,
    run,
)

__all__ = [
    "CheckFailed",
    "DropoffBug",
    "DropoffError",
    "DropoffWarning",
    "EnvironmentFailed",
    "UserMistake",
    "program",
    "query",
    "report",
    "run",
]
