-- ---
-- name     = "what_to_fix_first"
-- title    = "What to fix first"
-- question = "Which cause on which channel goes with the most drop-offs that would not be expected without it?"
-- grain    = "one row per supported cause and channel"
-- reads    = ["evidence_by_channel", "exposures"]
-- chart    = { kind = "intervals", label = ["channel", "cause"], value = "attributable", low = "attributable_low", high = "attributable_high", top = 15 }
-- short    = ["place", "channel", "cause", "attributable", "attributable_low", "attributable_high", "main_step"]
-- [columns]
-- place              = { help = "place in the ranking, by attributable drop-offs", format = "count" }
-- channel            = { help = "channel", format = "text" }
-- family             = { help = "family of the cause", format = "text" }
-- cause              = { help = "the signal held to explain a drop-off", format = "text" }
-- attributable       = { help = "drop-offs beyond those expected without the signal; causes overlap, so they do not add up", format = "count" }
-- attributable_low   = { help = "attributable drop-offs, lower end of the 95% interval", format = "count" }
-- attributable_high  = { help = "attributable drop-offs, upper end of the 95% interval", format = "count" }
-- attributable_share = { help = "attributable ÷ all_drops", format = "share" }
-- all_drops          = { help = "mature drop-offs on all channels", format = "count" }
-- main_step          = { help = "step of the channel where most of exposed_dropped were", format = "text" }
-- main_step_dropped  = { help = "passages with the signal that were dropped there", format = "count" }
-- main_step_share    = { help = "main_step_dropped ÷ exposed_dropped", format = "share" }
-- exposed            = { help = "passages with the signal on this channel", format = "count" }
-- exposed_dropped    = { help = "those that were dropped there", format = "count" }
-- risk_ratio         = { help = "how many times as often passages with the signal were dropped as those without it at the same point; blank where nobody was dropped without it", format = "number" }
-- low                = { help = "risk ratio, lower end of the 95% interval", format = "number" }
-- high               = { help = "risk ratio, upper end of the 95% interval", format = "number" }
-- ---
-- The supported rows of `evidence_by_channel`, by the size of what goes with them. A large ratio of few journeys stands below a
-- small ratio of many.
with
-- what each step of a channel has of the passages that are compared
steps_of_channel as (
    select
        bit,
        family,
        cause,
        channel,
        step,
        sum(exposed_dropped + unexposed_dropped) as drops,
        coalesce(sum(exposed_dropped) filter (where is_compared(exposed_dropped, exposed_stayed, unexposed_dropped, unexposed_stayed)), 0) as step_dropped
    from exposures
    where can_be_tested
    group by bit, family, cause, channel, step
),
main_steps as (
    select
        bit,
        family,
        cause,
        channel,
        sum(sum(drops)) over (partition by bit) as all_drops,
        first_value(step order by step_dropped desc, step) as main_step,
        max(step_dropped) as main_step_dropped
    from steps_of_channel
    group by bit, family, cause, channel
),
final as (
    select
        row_number() over (order by e.attributable desc, e.channel, m.bit) as place,
        e.channel,
        e.family,
        e.cause,
        e.attributable,
        e.attributable_low,
        e.attributable_high,
        e.attributable / nullif(m.all_drops, 0) as attributable_share,
        m.all_drops,
        m.main_step,
        m.main_step_dropped,
        cast(m.main_step_dropped as double) / nullif(e.exposed_dropped, 0) as main_step_share,
        e.exposed,
        e.exposed_dropped,
        e.risk_ratio,
        e.low,
        e.high
    from evidence_by_channel e
    join main_steps m on m.family = e.family and m.cause = e.cause and m.channel is not distinct from e.channel
    where e.verdict = 'supported'
)
select *
from final
order by place
