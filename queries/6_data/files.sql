-- ---
-- name     = "files"
-- title    = "What became of the logs' rows"
-- question = "Is every row of every log accounted for, and how recent is each source?"
-- grain    = "one row per source"
-- reads    = ["files"]
-- [columns]
-- source          = { help = "source of the logs", format = "text" }
-- files           = { help = "ingested files", format = "count", total = "sum" }
-- read            = { help = "rows read: kept + skipped + rejected + duplicates", format = "count", total = "sum" }
-- kept            = { help = "rows that became contacts", format = "count", total = "sum" }
-- kept_share      = { help = "kept ÷ read", format = "share", total = ["kept", "read"] }
-- skipped         = { help = "rows left out by the source's `skip`", format = "count", total = "sum" }
-- rejected        = { help = "rows that could not be read: see the report `rejects`", format = "count", total = "sum" }
-- duplicates      = { help = "rows equal to an earlier one", format = "count", total = "sum" }
-- without_client  = { help = "kept rows without a client: in no journey", format = "count", total = "sum" }
-- ambiguous_times = { help = "times that a clock change lets be read in two ways", format = "count", total = "sum" }
-- first_at        = { help = "first contact", format = "time" }
-- latest_at       = { help = "latest contact; the earliest of these is the horizon", format = "time" }
-- ---
with
sources as (
    select
        source,
        count(distinct file) as files,
        sum(read) as read,
        sum(kept) as kept,
        sum(skipped) as skipped,
        sum(rejected) as rejected,
        sum(duplicates) as duplicates,
        sum(without_client) as without_client,
        sum(ambiguous_times) as ambiguous_times,
        min(first_at) as first_at,
        max(latest_at) as latest_at
    from files
    group by source
),
final as (
    select
        source,
        files,
        read,
        kept,
        cast(kept as double) / nullif(read, 0) as kept_share,
        skipped,
        rejected,
        duplicates,
        without_client,
        ambiguous_times,
        first_at,
        latest_at
    from sources
)
select *
from final
order by source
