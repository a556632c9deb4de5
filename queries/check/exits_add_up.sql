-- ---
-- name     = "exits_add_up"
-- title    = "Exits are moves, retries and silences"
-- question = "Is there a point whose exits are more or fewer than moved + retried + silent?"
-- grain    = "one row per channel and step that does not add up"
-- reads    = ["steps"]
-- [columns]
-- channel = { help = "channel", format = "text" }
-- step    = { help = "step", format = "text" }
-- exits   = { help = "contacts marked as exit", format = "count" }
-- moved   = { help = "exits to another channel", format = "count" }
-- retried = { help = "exits to the same channel", format = "count" }
-- silent  = { help = "exits to nowhere", format = "count" }
-- ---
with
final as (
    select
        channel,
        step,
        count(*) filter (where is_exit) as exits,
        count(*) filter (where exit = 'moved') as moved,
        count(*) filter (where exit = 'retried') as retried,
        count(*) filter (where exit = 'silent') as silent
    from steps
    group by channel, step
)
select *
from final
where exits <> moved + retried + silent
order by channel, step
