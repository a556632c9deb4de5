-- ---
-- name     = "evidence_by_point"
-- title    = "Which cause where"
-- question = "At which channel and step did journeys that met a signal drop off more often than others there?"
-- grain    = "one row per channel, step and active cause that some journeys met there and others did not"
-- reads    = ["steps", "signals"]
-- chart    = { kind = "intervals", label = ["channel", "step", "cause"], value = "attributable", low = "attributable_low", high = "attributable_high", top = 20 }
-- [params]
-- since = { type = "date", help = "first day of the journeys' start, inclusive" }
-- until = { type = "date", help = "last day of the journeys' start, exclusive" }
-- [columns]
-- channel           = { help = "channel of the point", format = "text" }
-- step              = { help = "step of the point", format = "text" }
-- family            = { help = "family of the cause", format = "text" }
-- cause             = { help = "the signal held to explain a drop-off", format = "text" }
-- verdict           = { help = "supported, not supported, not enough data", format = "text" }
-- risk_ratio        = { help = "how many times as often passages with the signal were dropped here, drawn towards the cause's ratio at all points", format = "number" }
-- low               = { help = "risk ratio, lower end of the 95% interval", format = "number" }
-- high              = { help = "risk ratio, upper end of the 95% interval", format = "number" }
-- adjusted_p        = { help = "p value of this point alone (likelihood ratio), after Benjamini-Hochberg over all points and causes tested", format = "chance" }
-- attributable      = { help = "drop-offs here beyond those expected without the signal; causes overlap, so they do not add up", format = "count" }
-- attributable_low  = { help = "attributable drop-offs, lower end of the 95% interval", format = "count" }
-- attributable_high = { help = "attributable drop-offs, upper end of the 95% interval", format = "count" }
-- exposed           = { help = "passages with the signal", format = "count" }
-- exposed_dropped   = { help = "those that were dropped here", format = "count" }
-- exposed_rate      = { help = "exposed_dropped ÷ exposed", format = "share" }
-- unexposed         = { help = "passages without the signal", format = "count" }
-- unexposed_dropped = { help = "those that were dropped here", format = "count" }
-- unexposed_rate    = { help = "unexposed_dropped ÷ unexposed", format = "share" }
-- ---
-- Passages and verdicts are those of `evidence`, with one point in place of all. Rules that look ahead are left out.
--
-- A point with few journeys has a wild ratio. It is drawn towards the mean of the cause's points, the more the less is
-- known of it, and not at all where points plainly differ: ln ratio = (1 - s) × own + s × mean, with
-- s = variance ÷ (variance + variance between points). Between points: DerSimonian and Laird (1986). Own ratio and its
-- variance with a half added to each count (Walter 1975), so that none is infinite.
-- Hidden where there is not enough data; supported wants evidence at the point itself: its own adjusted p at most 0.05,
-- by a likelihood-ratio test (Wilks 1938).
with
-- the only pass over the contacts
passages as (
    select
        channel,
        step,
        signals,
        count(*) as passages,
        count(*) filter (where is_drop_off_point) as dropped
    from steps
    where visit is not null
      and status <> 'open'
      and ($since is null or journey_started_at >= cast($since as timestamp(6) with time zone))
      and ($until is null or journey_started_at < cast($until as timestamp(6) with time zone))
    group by channel, step, signals
),
strata as (
    select
        r.bit,
        r.family,
        r.cause,
        p.channel,
        p.step,
        cast(coalesce(sum(p.passages) filter (where (p.signals & r.mask) <> 0), 0) as double) as exposed,
        cast(coalesce(sum(p.dropped) filter (where (p.signals & r.mask) <> 0), 0) as double) as exposed_dropped,
        cast(coalesce(sum(p.passages) filter (where (p.signals & r.mask) = 0), 0) as double) as unexposed,
        cast(coalesce(sum(p.dropped) filter (where (p.signals & r.mask) = 0), 0) as double) as unexposed_dropped
    from signals r
    cross join passages p
    where not r.looks_ahead
    group by r.bit, r.family, r.cause, p.channel, p.step
),
-- a point tells something of a cause where some met it and others did not, and some were dropped and others stayed
own as (
    select
        *,
        (exposed_dropped + unexposed_dropped) / (exposed + unexposed) as all_rate,
        ln((exposed_dropped + 0.5) / (exposed + 0.5)) - ln((unexposed_dropped + 0.5) / (unexposed + 0.5)) as own_ln,
        1 / (exposed_dropped + 0.5) - 1 / (exposed + 0.5)
            + 1 / (unexposed_dropped + 0.5) - 1 / (unexposed + 0.5) as own_variance
    from strata
    where exposed > 0
      and unexposed > 0
      and exposed_dropped + unexposed_dropped > 0
      and exposed_dropped + unexposed_dropped < exposed + unexposed
),
weighed as (
    select
        *,
        1 / own_variance as weight,
        exposed >= 30 and least(exposed, unexposed) * all_rate >= 5 as is_tested
    from own
),
spread as (
    select
        *,
        sum(weight) over by_cause as weights,
        sum(weight * own_ln) over by_cause as weighted_ln,
        sum(weight * own_ln * own_ln) over by_cause as weighted_squares,
        sum(weight * weight) over by_cause as squared_weights,
        count(*) over by_cause as points
    from weighed
    window by_cause as (partition by bit)
),
between_points as (
    select
        *,
        case when points > 1 then greatest(
            0.0,
            (weighted_squares - weighted_ln * weighted_ln / weights - (points - 1))
                / nullif(weights - squared_weights / weights, 0)
        ) end as variance_between
    from spread
),
meant as (
    select
        *,
        sum(1 / (own_variance + variance_between)) over by_cause as mean_weights,
        sum(own_ln / (own_variance + variance_between)) over by_cause
            / sum(1 / (own_variance + variance_between)) over by_cause as mean_ln
    from between_points
    window by_cause as (partition by bit)
),
-- a cause with a single point stands alone
drawn as (
    select
        *,
        coalesce(own_variance / (own_variance + variance_between), 0.0) as pull
    from meant
),
shrunk as (
    select
        *,
        (1 - pull) * own_ln + pull * coalesce(mean_ln, 0.0) as ratio_ln,
        (1 - pull) * own_variance + pull * pull * coalesce(1 / mean_weights, 0.0) as ratio_variance
    from drawn
),
-- likelihood-ratio test of the point's four counts against no association: with few drop-offs its tail is the truer one
tested as (
    select
        *,
        case when is_tested then normal_p_value(
            sqrt(
                2 * greatest(
                    0.0,
                    exposed_dropped * ln(greatest(exposed_dropped, 1.0) / (exposed * all_rate))
                    + (exposed - exposed_dropped)
                        * ln(greatest(exposed - exposed_dropped, 1.0) / (exposed * (1 - all_rate)))
                    + unexposed_dropped * ln(greatest(unexposed_dropped, 1.0) / (unexposed * all_rate))
                    + (unexposed - unexposed_dropped)
                        * ln(greatest(unexposed - unexposed_dropped, 1.0) / (unexposed * (1 - all_rate)))
                )
            )
        ) end as p_value
    from shrunk
),
ranked as (
    select
        *,
        row_number() over (partition by p_value is null order by p_value, channel, step, bit) as place,
        count(*) over (partition by p_value is null) as tests
    from tested
),
-- Benjamini-Hochberg: the least of p × tests ÷ place from here to the largest p
adjusted as (
    select
        *,
        case when p_value is not null then least(
            min(p_value * tests / place) over (
                partition by p_value is null
                order by place desc
                rows between unbounded preceding and current row
            ),
            1.0
        ) end as adjusted_p
    from ranked
),
bounded as (
    select
        *,
        exp(ratio_ln) as ratio,
        exposed_dropped - exposed * (unexposed_dropped / unexposed) as excess,
        sqrt(
            exposed * (unexposed_dropped / unexposed) * (1 - unexposed_dropped / unexposed) * (1 + exposed / unexposed)
        ) as excess_deviation
    from adjusted
),
final as (
    select
        bit,
        channel,
        step,
        family,
        cause,
        case
            when p_value is null then 'not enough data'
            when ratio_ln - 1.959963984540054 * sqrt(ratio_variance) > 0 and own_ln > 0 and adjusted_p <= 0.05 then 'supported'
            else 'not supported'
        end as verdict,
        cast(exposed as bigint) as exposed,
        cast(exposed_dropped as bigint) as exposed_dropped,
        exposed_dropped / exposed as exposed_rate,
        cast(unexposed as bigint) as unexposed,
        cast(unexposed_dropped as bigint) as unexposed_dropped,
        unexposed_dropped / unexposed as unexposed_rate,
        case when p_value is not null then ratio end as risk_ratio,
        case when p_value is not null then exp(ratio_ln - 1.959963984540054 * sqrt(ratio_variance)) end as low,
        case when p_value is not null then exp(ratio_ln + 1.959963984540054 * sqrt(ratio_variance)) end as high,
        adjusted_p,
        case when p_value is not null then excess end as attributable,
        case when p_value is not null then excess - 1.959963984540054 * excess_deviation end as attributable_low,
        case when p_value is not null then excess + 1.959963984540054 * excess_deviation end as attributable_high
    from bounded
)
select
    channel,
    step,
    family,
    cause,
    verdict,
    risk_ratio,
    low,
    high,
    adjusted_p,
    attributable,
    attributable_low,
    attributable_high,
    exposed,
    exposed_dropped,
    exposed_rate,
    unexposed,
    unexposed_dropped,
    unexposed_rate
from final
order by attributable desc nulls last, channel, step, bit
