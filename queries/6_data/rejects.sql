-- ---
-- name     = "rejects"
-- title    = "Rows that could not be read"
-- question = "Which rows of the logs are missing from every figure, and why?"
-- grain    = "one row per source, column and reason"
-- reads    = ["rejects"]
-- chart    = { kind = "bars", label = ["source", "reason"], value = "rows", top = 15 }
-- [columns]
-- source        = { help = "source of the log", format = "text" }
-- column        = { help = "contact column or measure that could not be read", format = "text" }
-- reason        = { help = "why", format = "text" }
-- rows          = { help = "rejected rows", format = "count", total = "sum" }
-- example_value = { help = "what stood in the first of these rows", format = "text" }
-- example_file  = { help = "file of the first of these rows", format = "text" }
-- example_row   = { help = "place of the first of these rows in its file", format = "count" }
-- ---
with
final as (
    select
        source,
        "column",
        reason,
        sum(coalesce(rows, 1)) as rows,
        first_value(value order by file, row) as example_value,
        first_value(file order by file, row) as example_file,
        first_value(row order by file, row) as example_row
    from rejects
    group by source, "column", reason
)
select *
from final
order by rows desc, source, "column", reason
