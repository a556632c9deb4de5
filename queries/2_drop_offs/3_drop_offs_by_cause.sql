-- ---
-- name     = "drop_offs_by_cause"
-- title    = "Drop-offs by cause"
-- question = "Which signal held where clients gave up?"
-- grain    = "one row per cause; `unexplained` is always there"
-- reads    = ["journeys"]
-- chart    = { kind = "bars", label = ["family", "cause"], value = "drops", top = 15 }
-- [params]
-- since = { type = "date", help = "first day of the journeys' start, inclusive" }
-- until = { type = "date", help = "last day of the journeys' start, exclusive" }
-- [columns]
-- family      = { help = "family of the cause", format = "text" }
-- cause       = { help = "the first signal by priority at the drop-off point, else in its visit", format = "text" }
-- drops       = { help = "dropped journeys with this primary cause", format = "count", total = "sum" }
-- drops_share = { help = "share of all dropped journeys", format = "share", total = "sum" }
-- ---
with
counted as (
    select family, cause, count(*) as drops
    from journeys
    where status = 'dropped'
      and ($since is null or started_at >= cast($since as timestamp(6) with time zone))
      and ($until is null or started_at < cast($until as timestamp(6) with time zone))
    group by family, cause
),
with_unexplained as (
    select family, cause, drops
    from counted
    union all
    select 'unexplained', 'unexplained', 0
),
causes as (
    select family, cause, sum(drops) as drops
    from with_unexplained
    group by family, cause
),
final as (
    select
        family,
        cause,
        drops,
        cast(drops as double) / nullif(sum(drops) over (), 0) as drops_share
    from causes
)
select *
from final
order by drops desc, family, cause
