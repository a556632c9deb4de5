-- ---
-- name     = "drop_offs_by_cause"
-- title    = "Drop-offs by cause"
-- question = "Which signal held where clients gave up?"
-- grain    = "one row per cause; `unexplained` is always there"
-- reads    = ["journeys_in_period"]
-- chart    = { kind = "bars", label = ["family", "cause"], value = "drops", top = 15 }
-- [columns]
-- family      = { help = "family of the cause", format = "text" }
-- cause       = { help = "the first signal by priority at the drop-off point, else in its visit", format = "text" }
-- drops       = { help = "dropped journeys with this primary cause", format = "count", total = "sum" }
-- drops_share = { help = "share of all dropped journeys", format = "share", total = "sum" }
-- ---
with
counted as (
    select family, cause, count(*) as drops
    from journeys_in_period
    where status = 'dropped'
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
