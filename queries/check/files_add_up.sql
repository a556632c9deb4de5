-- ---
-- name     = "files_add_up"
-- title    = "Every row read is accounted for"
-- question = "Is there a file whose rows were not all kept, skipped, rejected or dropped as duplicates?"
-- grain    = "one row per file that does not add up"
-- reads    = ["files"]
-- [columns]
-- source    = { help = "source of the log", format = "text" }
-- file      = { help = "ingested file", format = "text" }
-- ingest    = { help = "number of the ingest", format = "count" }
-- read      = { help = "rows read", format = "count" }
-- accounted = { help = "kept + skipped + rejected + duplicates", format = "count" }
-- ---
with
final as (
    select
        source,
        file,
        ingest,
        read,
        kept + skipped + rejected + duplicates as accounted
    from files
)
select *
from final
where read <> accounted
order by source, file, ingest
