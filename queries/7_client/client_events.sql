-- ---
-- name     = "client_events"
-- title    = "The events of one client"
-- question = "What happened to this client, contact by contact?"
-- grain    = "one row per contact of the client's journeys; none where no client is given"
-- reads    = ["steps"]
-- [params]
-- client = { type = "client", help = "whose events: the client's id as in the logs" }
-- [columns]
-- journey    = { help = "the client's journeys in order of their start, from 1", format = "count" }
-- position   = { help = "place in the journey, from 1", format = "count" }
-- started_at = { help = "start of the contact", format = "time" }
-- channel    = { help = "channel", format = "text" }
-- step       = { help = "what happened", format = "text" }
-- motive     = { help = "why the client is in touch, where the contact says", format = "text" }
-- direction  = { help = "inbound by the client, outbound or system by the company", format = "text" }
-- outcome    = { help = "how the contact ended", format = "text" }
-- visit      = { help = "visit of the journey, from 1; blank for the company's contacts", format = "count" }
-- exit       = { help = "where a visit ended: moved, retried, or silent at the drop-off point", format = "text" }
-- status     = { help = "status of the journey", format = "text" }
-- cause      = { help = "primary cause, where the journey was dropped", format = "text" }
-- source     = { help = "log the contact was read from", format = "text" }
-- file       = { help = "file of that log", format = "text" }
-- row        = { help = "place in that file", format = "count" }
-- ---
with
events as (
    select
        journey_id,
        min(started_at) over (partition by journey_id) as journey_started_at,
        position,
        started_at,
        channel,
        step,
        motive,
        direction,
        outcome,
        visit,
        exit,
        status,
        cause,
        source,
        file,
        row
    from steps
    where client = $client
),
final as (
    select
        dense_rank() over (order by journey_started_at, journey_id) as journey,
        position,
        started_at,
        channel,
        step,
        motive,
        direction,
        outcome,
        visit,
        exit,
        status,
        cause,
        source,
        file,
        row
    from events
)
select *
from final
order by journey, position
