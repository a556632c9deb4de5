-- ---
-- name     = "drop_offs_by_point_and_cause"
-- title    = "Where clients drop off, and the signals there"
-- question = "At which channel and step do journeys end, which signal held there, and for how many of those who came by?"
-- grain    = "one row per channel, step and cause of a dropped journey"
-- reads    = ["steps_in_period"]
-- chart    = { kind = "bars", label = ["channel", "step"], value = "drops", by = "cause", top = 15 }
-- [columns]
-- channel       = { help = "channel of the drop-off point", format = "text" }
-- step          = { help = "step of the drop-off point", format = "text" }
-- family        = { help = "family of the cause", format = "text" }
-- cause         = { help = "primary cause of the drop-off", format = "text" }
-- drops         = { help = "journeys dropped here for this cause", format = "count", total = "sum" }
-- drops_share   = { help = "share of all dropped journeys", format = "share", total = "sum" }
-- reached       = { help = "journeys with a contact at this channel and step, each once", format = "count" }
-- mature        = { help = "those of them that rates count: mature here, not open, no piece of a case that names several clients", format = "count" }
-- mature_drops  = { help = "those of them that were dropped here for this cause", format = "count" }
-- drop_off_rate = { help = "mature_drops ÷ mature", format = "share" }
-- ---
with
-- the only pass over the contacts; a journey's family and cause stand on all its rows, null where it was not dropped
counted as (
    select
        channel,
        step,
        family,
        cause,
        count(*) filter (where first_at_point) as reached,
        count(*) filter (where is_drop_off_point) as drops,
        count(*) filter (where first_at_point and point_is_mature and status <> 'open') as mature,
        count(*) filter (where is_drop_off_point and point_is_mature) as mature_drops
    from steps_in_period
    group by channel, step, family, cause
),
final as (
    select
        channel,
        step,
        family,
        cause,
        drops,
        cast(drops as double) / nullif(sum(drops) over (), 0) as drops_share,
        sum(reached) over (partition by channel, step) as reached,
        sum(mature) over (partition by channel, step) as mature,
        mature_drops,
        cast(mature_drops as double) / nullif(sum(mature) over (partition by channel, step), 0) as drop_off_rate
    from counted
)
select *
from final
where drops > 0
order by drops desc, channel, step, family, cause
