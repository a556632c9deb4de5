-- ---
-- name     = "drop_offs_by_channel_and_cause"
-- title    = "Drop-offs by channel and cause"
-- question = "Which signal held where clients gave up, on which channel?"
-- grain    = "one row per channel and cause of a dropped journey"
-- reads    = ["journeys_in_period"]
-- chart    = { kind = "heatmap", x = "channel", y = "cause", value = "drops" }
-- [columns]
-- channel       = { help = "channel of the drop-off point", format = "text" }
-- family        = { help = "family of the cause", format = "text" }
-- cause         = { help = "primary cause of the drop-off", format = "text" }
-- drops         = { help = "journeys dropped on this channel for this cause", format = "count", total = "sum" }
-- channel_share = { help = "share of the channel's dropped journeys", format = "share" }
-- drops_share   = { help = "share of all dropped journeys", format = "share", total = "sum" }
-- ---
with
counted as (
    select drop_channel as channel, family, cause, count(*) as drops
    from journeys_in_period
    where status = 'dropped'
    group by drop_channel, family, cause
),
final as (
    select
        channel,
        family,
        cause,
        drops,
        cast(drops as double) / nullif(sum(drops) over (partition by channel), 0) as channel_share,
        cast(drops as double) / nullif(sum(drops) over (), 0) as drops_share
    from counted
)
select *
from final
order by drops desc, channel, family, cause
