//! Logs made by hand, in which a careless count finds an association that is none, or misses one.

use dropoff::engine::Engine;
use dropoff::query::Cell;

use super::is_supported;
use crate::project::{Project, ok};
use crate::reports::{Row, assert_near, report};

const SITE: &str = r#"
[journey]
gap = "2d"
goals = ["paid"]
withdrawals = ["cancelled"]

[[source]]
name = "web"
files = "web.csv"
channel = "web"
columns = { client = "client", time = "time", step = "step" }
measures = { load_ms = { column = "load_ms", type = "int" } }

[causes]
shipped = false

[[cause]]
family = "technical"
code = "slow_page"
when = "load_ms > 4000"

[[cause]]
family = "ergonomic"
code = "form"
when = "step = 'form'"

[[cause]]
family = "commercial"
code = "cancelled"
when = "step = 'cancelled'"
"#;

/// Clients who come to a step, with a page of so many milliseconds.
struct Group {
    step: &'static str,
    load_ms: u32,
    /// Every other one by a withdrawal.
    dropped: usize,
    of: usize,
}

async fn site(groups: &[Group]) -> (Project, Engine) {
    let mut lines = vec!["client,time,step,load_ms".to_owned()];
    for Group { step, load_ms, dropped, of } in groups {
        for place in 0..*of {
            let client = lines.len();
            lines.push(format!("c{client},2026-03-01 10:00,{step},{load_ms}"));
            if place >= *dropped {
                lines.push(format!("c{client},2026-03-01 10:05,paid,"));
            } else if place % 2 == 0 {
                lines.push(format!("c{client},2026-03-01 10:05,cancelled,"));
            }
        }
    }
    // So long after that silence is a drop-off.
    lines.push("late,2026-04-01 10:00,home,\n".to_owned());
    let project = Project::new(SITE);
    project.write("web.csv", lines.join("\n"));
    ok(project.ingest().await);
    let engine = ok(project.open().await);
    (project, engine)
}

/// Slow pages are met at the step that few leave: all passages together, they seem to keep clients (Simpson 1951).
#[tokio::test]
async fn a_cause_that_is_met_where_few_drop_off_is_supported_all_the_same() {
    let group = |step, load_ms, dropped, of| Group { step, load_ms, dropped, of };
    let groups = [
        group("home", 5000, 90, 900),
        group("home", 100, 5, 100),
        group("form", 5000, 60, 100),
        group("form", 100, 360, 900),
    ];
    let (_project, engine) = site(&groups).await;
    let rows = report(&engine, "evidence", &[]).await;
    let slow_page = rows.iter().find(|row| row.text("cause") == "slow_page").expect("the cause is there");

    let counts = ["exposed", "exposed_dropped", "unexposed", "unexposed_dropped"].map(|name| slow_page.number(name));
    assert_eq!(counts, [1000.0, 150.0, 1000.0, 365.0]);
    let crude = counts[1] / counts[0] / (counts[3] / counts[2]);
    assert!(crude < 0.5, "{crude}");
    // (90 · 100 + 60 · 900) ÷ (5 · 900 + 360 · 100); 90 - 900 · 5% and 60 - 100 · 40%.
    assert_near("risk_ratio", slow_page.number("risk_ratio"), 63_000.0 / 40_500.0);
    assert_near("attributable", slow_page.number("attributable"), 45.0 + 20.0);
    assert!(slow_page.number("low") > 1.2);
    assert!(is_supported(slow_page));
    assert_eq!(report(&engine, "what_to_fix_first", &[]).await.len(), 1);
}

/// Most drop-offs are at the form, and every client who comes there meets the signal: there is nobody to compare with.
#[tokio::test]
async fn what_defines_a_point_is_no_driver_of_it() {
    let group = |step, load_ms, dropped| Group { step, load_ms, dropped, of: 1000 };
    let (_project, engine) = site(&[group("home", 100, 50), group("form", 5000, 600)]).await;
    let rows = report(&engine, "evidence", &[]).await;
    for cause in ["slow_page", "form", "cancelled"] {
        let row = rows.iter().find(|row| row.text("cause") == cause).expect("the cause is there");
        assert_eq!((row.text("verdict"), row.number("exposed")), ("not enough data", 0.0), "{cause}");
        assert_eq!(row.cell("risk_ratio"), &Cell::Null, "{cause}");
    }
    for name in ["evidence_by_point", "evidence_by_channel", "what_to_fix_first", "drivers"] {
        let rows = report(&engine, name, &[]).await;
        assert!(rows.is_empty(), "{name}: {rows:?}");
    }
}

const OFFICE: &str = r#"
[journey]
gap = "2d"
goals = ["signed"]

[[source]]
name = "office"
files = "office.csv"
columns = { client = "client", time = "time", channel = "channel", step = "step", direction = "direction" }
"#;

/// Three of ten clients who write drop off, answered or not. Those who go on are sent a contract later: were that taken
/// for an answer, they would be the answered ones.
#[tokio::test]
async fn what_comes_after_the_client_went_on_is_no_driver() {
    let mut lines = vec!["client,time,channel,step,direction".to_owned()];
    for client in 0..1000 {
        let mut add = |said: &str| lines.push(format!("c{client},{said}"));
        add("2026-03-01 10:00,web,home,inbound");
        add("2026-03-02 10:00,email,question,inbound");
        if client % 5 == 0 {
            add("2026-03-02 20:00,email,answer,outbound");
        }
        if client / 5 % 10 < 3 {
            continue;
        }
        add("2026-03-03 10:00,web,offer,inbound");
        if client / 50 % 10 > 0 {
            add("2026-03-03 12:00,letter,contract,outbound");
        }
        add("2026-03-04 10:00,web,signed,inbound");
    }
    lines.push("late,2026-04-01 10:00,web,home,inbound\n".to_owned());
    let project = Project::new(OFFICE);
    project.write("office.csv", lines.join("\n"));
    ok(project.ingest().await);
    let engine = ok(project.open().await);
    for name in ["evidence", "evidence_by_point"] {
        let supported: Vec<Row> = report(&engine, name, &[]).await.into_iter().filter(is_supported).collect();
        assert!(supported.is_empty(), "{name}: {supported:?}");
    }
}
