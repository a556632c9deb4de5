-- ---
-- name     = "signals"
-- title    = "Signals"
-- question = "How often did each rule fire, and how did the journeys in which it fired end?"
-- grain    = "one row per active rule, in order of priority"
-- reads    = ["steps_in_period", "signals"]
-- chart    = { kind = "bars", label = ["family", "cause"], value = "journeys", top = 15 }
-- [columns]
-- family        = { help = "family of the rule", format = "text" }
-- cause         = { help = "cause the rule stands for", format = "text" }
-- contacts      = { help = "contacts the rule fired on", format = "count" }
-- journeys      = { help = "journeys with such a contact; one journey can have several signals", format = "count" }
-- completed     = { help = "those that reached a goal", format = "count" }
-- refused       = { help = "those the company refused", format = "count" }
-- dropped       = { help = "those that were dropped, whatever their primary cause", format = "count" }
-- open          = { help = "those that may still go on", format = "count" }
-- mature        = { help = "those of them that rates count: mature, not open, no piece of a case that names several clients", format = "count" }
-- mature_drops  = { help = "those of them that were dropped", format = "count" }
-- drop_off_rate = { help = "mature_drops ÷ mature", format = "share" }
-- ---
with
-- few distinct sets of signals stand for many rows: the sets are matched with the rules, not the rows; a journey is
-- counted at its first contact
sets as (
    select
        signals as of_contact,
        case when position = 1 then journey_signals else 0 end as of_journey,
        count(*) as rows,
        count(*) filter (where status = 'completed') as completed,
        count(*) filter (where status = 'refused') as refused,
        count(*) filter (where status = 'dropped') as dropped,
        count(*) filter (where status = 'open') as open,
        count(*) filter (where journey_is_mature and status <> 'open') as mature,
        count(*) filter (where journey_is_mature and status = 'dropped') as mature_drops
    from steps_in_period
    group by 1, 2
),
rules as (
    select
        r.bit,
        r.family,
        r.cause,
        coalesce(sum(s.rows) filter (where (s.of_contact & r.mask) <> 0), 0) as contacts,
        coalesce(sum(s.rows) filter (where (s.of_journey & r.mask) <> 0), 0) as journeys,
        coalesce(sum(s.completed) filter (where (s.of_journey & r.mask) <> 0), 0) as completed,
        coalesce(sum(s.refused) filter (where (s.of_journey & r.mask) <> 0), 0) as refused,
        coalesce(sum(s.dropped) filter (where (s.of_journey & r.mask) <> 0), 0) as dropped,
        coalesce(sum(s.open) filter (where (s.of_journey & r.mask) <> 0), 0) as open,
        coalesce(sum(s.mature) filter (where (s.of_journey & r.mask) <> 0), 0) as mature,
        coalesce(sum(s.mature_drops) filter (where (s.of_journey & r.mask) <> 0), 0) as mature_drops
    from signals r
    left join sets s on ((s.of_contact | s.of_journey) & r.mask) <> 0
    group by r.bit, r.family, r.cause
),
final as (
    select *, cast(mature_drops as double) / nullif(mature, 0) as drop_off_rate
    from rules
)
select * exclude (bit)
from final
order by bit
