-- ---
-- name     = "journeys_by_motive"
-- title    = "How journeys end, by motive"
-- question = "Which of the clients' problems are solved, and which are given up?"
-- grain    = "one row per motive"
-- reads    = ["journeys_in_period"]
-- chart    = { kind = "bars", label = "motive", value = "dropped", top = 15 }
-- [columns]
-- motive        = { help = "why the client is in touch; blank where no contact says", format = "text" }
-- journeys      = { help = "journeys about this motive", format = "count", total = "sum" }
-- completed     = { help = "journeys that reached a goal", format = "count", total = "sum" }
-- refused       = { help = "journeys the company refused", format = "count", total = "sum" }
-- dropped       = { help = "journeys the client gave up", format = "count", total = "sum" }
-- open          = { help = "journeys that may still go on", format = "count", total = "sum" }
-- mature        = { help = "those of them that rates count: mature, not open, no piece of a case that names several clients", format = "count", total = "sum" }
-- mature_drops  = { help = "those of them that were dropped", format = "count", total = "sum" }
-- mature_open   = { help = "mature, and still open: left out", format = "count", total = "sum" }
-- drop_off_rate = { help = "mature_drops ÷ mature", format = "share", total = ["mature_drops", "mature"] }
-- ---
with
counted as (
    select
        motive,
        count(*) as journeys,
        count(*) filter (where status = 'completed') as completed, count(*) filter (where status = 'refused') as refused,
        count(*) filter (where status = 'dropped') as dropped, count(*) filter (where status = 'open') as open,
        count(*) filter (where is_mature and status <> 'open') as mature,
        count(*) filter (where is_mature and status = 'dropped') as mature_drops,
        count(*) filter (where is_mature and status = 'open') as mature_open
    from journeys_in_period
    group by motive
),
final as (
    select *, cast(mature_drops as double) / nullif(mature, 0) as drop_off_rate
    from counted
)
select *
from final
order by journeys desc, motive
