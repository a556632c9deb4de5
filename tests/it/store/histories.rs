//! Changes of files, night after night, after which the store once differed from one ingest of the files that are
//! there.

use std::time::{Duration, SystemTime};

use super::{HEADER, PHONE, RULES, WEB, ask, configured, new_project, write_log};
use crate::project::{Project, ok};
use crate::sql::{sorted_rows, wait};

const FIRST: &str = "ann,2026-03-01 10:00,x,,1\nbob,2026-03-03 12:00,x,,2\n";

/// A project with a phone log, which is there every night.
fn project() -> Project {
    let project = new_project();
    write_log(&project, "phone-1.csv", "bob,2026-03-01 10:00,menu,,\n");
    project
}

/// Writes a web log as it was at some hour.
fn write_at(project: &Project, name: &str, lines: &str, hour: u64) {
    write_log(project, name, lines);
    set_time(project, name, hour);
}

fn set_time(project: &Project, name: &str, hour: u64) {
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_500_000 + 3600 * hour);
    let file = std::fs::File::options().write(true).open(project.path(name)).expect("a log can be opened");
    file.set_modified(at).expect("its time can be set");
}

fn ingest(project: &Project) {
    ok(wait(project.ingest()));
}

/// What the web log says: step and measure of each contact.
fn web(project: &Project) -> Vec<Vec<String>> {
    let sql = "select cast(step as varchar), load_ms from contacts where source = 'web'";
    sorted_rows(&ask(&project.config, sql, 1))
}

#[test]
fn a_name_that_was_used_again_hides_no_file() {
    let project = project();
    write_at(&project, "web-a.csv", FIRST, 1);
    ingest(&project);
    std::fs::rename(project.path("web-a.csv"), project.path("web-b.csv")).unwrap();
    ingest(&project);
    std::fs::remove_file(project.path("web-b.csv")).unwrap();
    for (step, hour) in [("y", 2), ("z", 3)] {
        write_at(&project, "web-a.csv", &FIRST.replace(",x,", &format!(",{step},")), hour);
        ingest(&project);
    }
    write_at(&project, "web-b.csv", FIRST, 1);
    ingest(&project);
    assert_eq!(web(&project), [["x", "1"], ["x", "2"], ["z", "1"], ["z", "2"]]);
}

#[test]
fn a_correction_after_an_empty_night_is_one() {
    for empty in [HEADER, ""] {
        let project = project();
        write_at(&project, "web-a.csv", FIRST, 1);
        ingest(&project);
        project.write("web-a.csv", empty);
        ingest(&project);
        assert_eq!(web(&project).len(), 2, "an empty log takes nothing away");
        write_at(&project, "web-a.csv", &FIRST.replace(",x,", ",corrected,"), 3);
        ingest(&project);
        assert_eq!(web(&project), [["corrected", "1"], ["corrected", "2"]]);
    }
}

#[test]
fn a_correction_is_of_the_file_that_has_the_name_now() {
    let project = project();
    write_at(&project, "web-a.csv", FIRST, 1);
    write_at(&project, "web-b.csv", "eve,2026-03-11 11:00,q,,3\neve,2026-03-13 11:00,q,,4\n", 2);
    ingest(&project);
    std::fs::rename(project.path("web-a.csv"), project.path("web-b.csv")).unwrap();
    ingest(&project);
    write_at(&project, "web-b.csv", &FIRST.replace("x,,2", "corrected,,2"), 3);
    ingest(&project);
    assert_eq!(web(&project), [["corrected", "2"], ["q", "3"], ["q", "4"], ["x", "1"]]);
}

/// While the file was gone, another with the same row took its place in the account.
#[test]
fn a_file_that_comes_back_is_read_as_the_configuration_is_now() {
    let mut project = project();
    write_at(&project, "web-a.csv", "ann,2026-03-01 10:00,x,,1\n", 1);
    write_at(&project, "web-b.csv", FIRST, 1);
    ingest(&project);
    std::fs::rename(project.path("web-a.csv"), project.path("away")).unwrap();
    project.config = configured(&project, &[RULES, &WEB.replace("channel = \"web\"", "channel = \"app\""), PHONE]);
    ingest(&project);
    std::fs::rename(project.path("away"), project.path("web-a.csv")).unwrap();
    ingest(&project);
    let channels = "select cast(channel as varchar), count(*) from contacts where source = 'web' group by channel";
    assert_eq!(sorted_rows(&ask(&project.config, channels, 1)), [["app", "2"]]);
}

/// Restored with its old time of change, a file is not what it has grown to.
#[test]
fn an_older_state_of_a_file_is_another_content() {
    let project = project();
    let (short, long) = FIRST.split_at(FIRST.find("bob").unwrap());
    write_at(&project, "web-a.csv", short, 1);
    ingest(&project);
    write_at(&project, "web-a.csv", &[short, long].concat(), 2);
    ingest(&project);
    write_at(&project, "web-a.csv", short, 1);
    let outcome = ok(wait(project.ingest()));
    assert_eq!((outcome.files.len(), outcome.files[0].replaced), (1, 2));
    assert_eq!(web(&project), [["x", "1"]]);
}

/// A half row was taken, and once whole it equals one of another file.
#[test]
fn a_row_that_comes_to_be_a_duplicate_is_counted_once() {
    let project = project();
    write_log(&project, "web-a.csv", "ann,2026-03-01 10:00,x,,1\nbob,2026-03-03 12:00,x,,");
    ingest(&project);
    write_log(&project, "web-b.csv", "bob,2026-03-03 12:00,x,,2\n");
    ingest(&project);
    write_log(&project, "web-a.csv", FIRST);
    ingest(&project);
    assert_eq!(web(&project), [["x", "1"], ["x", "2"]]);
    let sql = "select file, sum(\"read\"), sum(kept), sum(duplicates) from files where source = 'web' group by file";
    let files = sorted_rows(&ask(&project.config, sql, 1));
    assert_eq!(files, [["web-a.csv", "2", "1", "1"], ["web-b.csv", "1", "1", "0"]]);
}

/// A time that was half written is none of the file's once the row is whole.
#[test]
fn a_half_written_time_is_forgotten() {
    let mut project = project();
    let time = "time = { column = \"ms\", format = \"epoch_s\" }";
    let web = WEB.replace("time = \"time\"", time).replace("measures", "#");
    project.config = configured(&project, &[RULES, &web, PHONE]);
    let write = |times: [u64; 2], cut: usize| {
        let lines = format!("ann,,x,,{}\nbob,,y,,{}\n", times[0], times[1]);
        write_log(&project, "web-a.csv", &lines[..lines.len() - cut]);
        ingest(&project);
    };
    write([1_769_940_000, 1_770_026_400], 5);
    write([1_769_940_000, 1_770_026_400], 0);
    let first = "select min(first_at) > timestamp '2026-01-01' from files where source = 'web'";
    assert_eq!(sorted_rows(&ask(&project.config, first, 1)), [["true"]]);
    // January under the name of February: of another time.
    write([1_767_261_600, 1_767_348_000], 0);
    let count = "select count(*) from contacts where source = 'web'";
    assert_eq!(sorted_rows(&ask(&project.config, count, 1)), [["4"]]);
}

#[test]
fn a_content_that_is_back_with_its_old_time_has_its_name_again() {
    let project = project();
    let january = "ann,2026-01-01 10:00,x,,1\nbob,2026-01-02 10:00,x,,2\n";
    write_at(&project, "web-a.csv", january, 1);
    ingest(&project);
    write_at(&project, "web-a.csv", FIRST, 2);
    ingest(&project);
    write_at(&project, "web-a.csv", january, 1);
    ingest(&project);
    write_at(&project, "web-a.csv", &january.replace("x,,2", "corrected,,2"), 3);
    ingest(&project);
    assert_eq!(web(&project), [["corrected", "2"], ["x", "1"], ["x", "1"], ["x", "2"]]);
}
