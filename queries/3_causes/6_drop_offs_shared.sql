-- ---
-- name     = "drop_offs_shared"
-- title    = "Drop-offs by cause, shared among the signals"
-- question = "How many drop-offs has each cause, where a drop-off with several signals is shared by all of them?"
-- grain    = "one row per cause; `unexplained` is always there"
-- reads    = ["steps_in_period", "signals"]
-- chart    = { kind = "bars", label = ["family", "cause"], value = "shared_drops", top = 15 }
-- [columns]
-- family        = { help = "family of the cause", format = "text" }
-- cause         = { help = "a signal of the drop-off", format = "text" }
-- shared_drops  = { help = "dropped journeys, each counted as 1 ÷ its signals for every one of them", format = "number", total = "sum" }
-- shared_share  = { help = "share of all dropped journeys", format = "share", total = "sum" }
-- primary_drops = { help = "dropped journeys with this primary cause, as in `drop_offs_by_cause`", format = "count", total = "sum" }
-- with_signal   = { help = "dropped journeys with this signal at their drop-off point", format = "count" }
-- ---
-- The signals of a drop-off are those at its point. Where none fired there, its primary cause (of the last visit, or unexplained) has
-- it whole. Both columns of drops add up to all dropped journeys.
with
-- the only pass over the contacts: few distinct sets of signals stand for many rows
dropped as (
    select signals, family, cause, count(*) as drops
    from steps_in_period
    where is_drop_off_point
    group by signals, family, cause
),
-- one row per set of drop-offs and signal among them; one without a signal where there is none
parts as (
    select
        d.drops,
        coalesce(r.family, d.family) as family,
        coalesce(r.cause, d.cause) as cause,
        r.bit is not null as is_signal,
        r.bit is null or (r.family = d.family and r.cause = d.cause) as is_primary,
        count(*) over (partition by d.signals, d.family, d.cause) as parts
    from dropped d
    left join signals r on (d.signals & r.mask) <> 0
    union all
    select 0, 'unexplained', 'unexplained', false, false, 1
),
-- decimals add up to the same in any order
shared as (
    select *, cast(drops as decimal(38, 12)) / parts as part
    from parts
),
final as (
    select
        family,
        cause,
        cast(sum(part) as double) as shared_drops,
        cast(sum(part) as double) / nullif(sum(sum(drops) filter (where is_primary)) over (), 0) as shared_share,
        coalesce(sum(drops) filter (where is_primary), 0) as primary_drops,
        coalesce(sum(drops) filter (where is_signal), 0) as with_signal
    from shared
    group by family, cause
)
select *
from final
order by shared_drops desc, family, cause
