//! Logs as they should not be. Each is refused with words that say what is wrong, or its bad rows are rejected with a
//! reason and counted; either way, what the store held stays as it was.

use std::io::{self, Read, Write};

use dropoff::engine::{Engine, Options};
use dropoff::query::Cell;

use crate::project::{Project, ok, rows};

const CONFIG: &str = r#"
[[source]]
name = "web"
files = "web-*"
format = "csv"
channel = "web"
[source.columns]
client = "client"
time = "time"
step = "step"
"#;

const HEADER: &str = "client,time,step\n";

/// A store that holds the first log of a source, while the second is on its way.
struct Shop {
    project: Project,
    before: State,
}

/// Version of the store, and how many contacts, files and rejects it holds.
type State = (u64, [i128; 3]);

impl Shop {
    async fn open() -> Shop {
        let first = "ana,2026-01-01T10:00:00Z,basket\nben,2026-01-02T10:00:00Z,basket\n";
        Shop::with(CONFIG, "web-1.csv", &format!("{HEADER}{first}")).await
    }

    async fn with(config: &str, name: &str, first: &str) -> Shop {
        let project = Project::new(config);
        project.write(name, first);
        ok(project.ingest().await);
        let before = state(&project).await;
        assert_eq!(before.1, [2, 1, 0], "contacts, files, rejects");
        Shop { project, before }
    }

    /// The next log is refused in these words, and the store is as it was.
    async fn refuses(&self, words: &[&str]) {
        let error = self.project.ingest().await.expect_err("the log is refused").to_string();
        for words in words {
            assert!(error.contains(words), "`{words}` is not in\n{error}");
        }
        assert_eq!(state(&self.project).await, self.before);
    }

    /// The next log brings `kept` contacts; its other rows are rejected for these reasons, so many times.
    async fn takes(&self, kept: i64, rejected: &[(&str, i64)]) {
        let outcome = ok(self.project.ingest().await);
        let found: Vec<(&str, i64)> =
            outcome.rejected.iter().map(|((_, reason), count)| (reason.as_str(), *count)).collect();
        assert_eq!((outcome.files[0].outcome.counts.kept, found.as_slice()), (kept, rejected));
        let rejects: i64 = rejected.iter().map(|(_, count)| count).sum();
        assert_eq!(outcome.files[0].outcome.counts.read, kept + rejects);
        let [contacts, files, no_rejects] = self.before.1;
        let after = [contacts + i128::from(kept), files + 1, no_rejects + i128::from(rejects)];
        assert_eq!(state(&self.project).await.1, after, "contacts, files, rejects");
    }
}

/// What the store holds; without the key, which some tests spoil.
async fn state(project: &Project) -> State {
    let mut config = project.config.clone();
    config.store.key_file = project.path("no.key");
    let engine = ok(Engine::open(&config, Options::default()).await);
    let mut counts = [0; 3];
    for (count, table) in counts.iter_mut().zip(["contacts", "files", "rejects"]) {
        match rows(&engine, &format!("select count(*) from {table}")).await[0][0] {
            Cell::Int(rows) => *count = rows,
            ref other => panic!("{other:?} is no count"),
        }
    }
    (engine.version(), counts)
}

/// A log of so many contacts.
fn log(contacts: usize) -> String {
    let rows = (0..contacts).map(|client| format!("c{client},2026-01-03T10:00:00Z,basket\n"));
    [HEADER.to_owned()].into_iter().chain(rows).collect()
}

fn gzip(text: &str) -> io::Result<Vec<u8>> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes())?;
    packed.finish()
}

// ---- files that are no logs -----------------------------------------------------------------------------------------

#[tokio::test]
async fn an_empty_log_brings_nothing() {
    for empty in ["", "\n\n", HEADER] {
        let shop = Shop::open().await;
        shop.project.write("web-2.csv", empty);
        shop.takes(0, &[]).await;
    }
}

#[tokio::test]
async fn a_binary_file_is_refused() {
    let shop = Shop::open().await;
    shop.project.write("web-2.csv", (0..=255).cycle().take(4096).collect::<Vec<u8>>());
    shop.refuses(&["`web-2.csv` is not text", "NUL bytes at its start"]).await;
    shop.project.write("web-2.csv", b"PAR1\x15\x04\x15\x00PAR1");
    shop.refuses(&["`web-2.csv` is a Parquet file", "set `format = \"parquet\"`"]).await;
    shop.project.write("web-2.csv", b"PK\x03\x04\x14\x00");
    shop.refuses(&["`web-2.csv` is a zip archive or a spreadsheet"]).await;
}

#[tokio::test]
async fn a_packed_log_that_breaks_off_is_refused_and_taken_when_it_is_whole() {
    let text = log(100_000);
    let zstd = zstd::encode_all(text.as_bytes(), 1).expect("a log can be packed");
    for (name, packed) in [("web-2.csv.gz", gzip(&text).expect("a log can be packed")), ("web-2.csv.zst", zstd)] {
        let shop = Shop::open().await;
        // At its very start, and after some chunks of rows were read and cast.
        for length in [packed.len() / 20, packed.len() - 9] {
            shop.project.write(name, &packed[..length]);
            let damaged = format!("`{name}` is cut off or damaged");
            shop.refuses(&[damaged.as_str(), "fetch the file again"]).await;
        }
        shop.project.write(name, &packed);
        shop.takes(100_000, &[]).await;
    }
}

#[tokio::test]
async fn a_line_without_end_is_refused() {
    let shop = Shop::open().await;
    let endless = HEADER.as_bytes().chain(io::repeat(b'x').take(100 << 20));
    shop.project.write("web-2.csv.zst", zstd::encode_all(endless, 1).expect("a log can be packed"));
    shop.refuses(&["a line is longer than 64 MB", "web-2.csv.zst, line 2"]).await;
}

#[tokio::test]
async fn a_folder_for_a_log_is_refused() {
    let shop = Shop::open().await;
    std::fs::create_dir(shop.project.path("web-2.csv")).expect("a folder can be made");
    shop.refuses(&["`web-2.csv` is a folder, not a file"]).await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_log_that_may_not_be_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let shop = Shop::open().await;
    let path = shop.project.path("web-2.csv");
    shop.project.write("web-2.csv", log(1));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).expect("permissions can be set");
    if std::fs::File::open(&path).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    shop.refuses(&["cannot read `web-2.csv`"]).await;
}

// ---- columns --------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_missing_column_is_refused_with_the_nearest_name() {
    let shop = Shop::open().await;
    shop.project.write("web-2.csv", "client,tme,step\ncam,2026-01-03T10:00:00Z,basket\n");
    let place = "source `web`, time (";
    shop.refuses(&["the log has no column `time`", place, "`web-2.csv`", "did you mean `tme`?"]).await;
}

#[tokio::test]
async fn another_delimiter_is_refused_and_named() {
    let shop = Shop::open().await;
    shop.project.write("web-2.csv", log(2).replace(',', ";"));
    shop.refuses(&["has a single column with the delimiter `,`", "did you mean `delimiter = \";\"`?"]).await;
}

#[tokio::test]
async fn mistakes_of_several_logs_are_shown_together() {
    let shop = Shop::open().await;
    shop.project.write("web-2.csv", "client,time,step,step\n");
    shop.project.write("web-3.csv", "client,time\n");
    let repeated = "`web-2.csv` has the column `step` more than once";
    shop.refuses(&[repeated, "columns 3 and 4", "the log has no column `step`", "`web-3.csv`"]).await;
}

// ---- text -----------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn utf_16_is_read_with_its_mark_and_refused_without() {
    let shop = Shop::open().await;
    shop.project.write("web-2.csv", log(2).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    shop.refuses(&["`web-2.csv` is not text", "set `encoding = \"utf-16le\"`"]).await;
    let marked = format!("\u{feff}{}", log(2));
    shop.project.write("web-2.csv", marked.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    shop.takes(2, &[]).await;
}

#[tokio::test]
async fn another_charset_is_refused_in_the_header_and_rejected_in_a_row() {
    let shop = Shop::open().await;
    shop.project.write("web-2.csv", b"client,time,step,motif de r\xe9clamation\n");
    shop.refuses(&["the header of `web-2.csv` is not UTF-8", "set `encoding`"]).await;
    let mut rows = log(1).into_bytes();
    rows.extend_from_slice(b"cam,2026-01-03T10:00:00Z,r\xe9clamation\n");
    shop.project.write("web-2.csv", rows);
    shop.takes(1, &[("not valid UTF-8 (is `encoding` right?)", 1)]).await;
}

#[tokio::test]
async fn a_nul_byte_is_refused_at_the_start_and_rejected_in_a_later_row() {
    let spoilt = "cam,2026-01-03T10:00:00Z,bas\0ket\n";
    let shop = Shop::open().await;
    shop.project.write("web-2.csv", log(1) + spoilt);
    shop.refuses(&["`web-2.csv` is not text", "1 NUL bytes at its start"]).await;
    shop.project.write("web-2.csv", log(1000) + spoilt);
    shop.takes(1000, &[("NUL byte in the text", 1)]).await;
}

#[tokio::test]
async fn a_quote_that_is_never_closed_is_refused() {
    let shop = Shop::open().await;
    shop.project.write("web-2.csv", log(1) + "cam,2026-01-03T10:00:00Z,\"basket\ndan,2026-01-03T10:00:00Z,basket\n");
    shop.refuses(&["a quote is opened and never closed", "web-2.csv, line 3"]).await;
}

// ---- rows -----------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn rows_with_too_many_fields_are_rejected_and_short_ones_have_empty_cells() {
    let shop = Shop::open().await;
    let ragged = "cam,2026-01-03T10:00:00Z\ndan,2026-01-03T10:00:00Z,basket,and more\neva\n";
    shop.project.write("web-2.csv", log(1) + ragged);
    shop.takes(2, &[("more fields than the header has", 1), ("no time", 1)]).await;
}

#[tokio::test]
async fn times_that_cannot_be_are_rejected() {
    let shop = Shop::open().await;
    let times = ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-02-30T10:00:00Z", ""];
    shop.project.write("web-2.csv", log(1) + &times.map(|time| format!("cam,{time},basket\n")).concat());
    let out_of_range = ("time out of range (1900 to 2200)", 2);
    shop.takes(1, &[("no time", 1), out_of_range, ("unreadable time", 1)]).await;
}

#[tokio::test]
async fn lines_that_are_no_objects_are_rejected_and_a_log_without_any_is_refused() {
    let line =
        |client: &str| format!("{{\"client\":\"{client}\",\"time\":\"2026-01-01T10:00:00Z\",\"step\":\"menu\"}}\n");
    let config = CONFIG.replace("web", "phone").replace("csv", "ndjson");
    let shop = Shop::with(&config, "phone-1.ndjson", &(line("ana") + &line("ben"))).await;
    shop.project.write("phone-2.ndjson", HEADER);
    shop.refuses(&["`phone-2.ndjson` is not NDJSON", "one JSON object a line"]).await;
    shop.project.write("phone-2.ndjson", line("cam") + "{\"client\":\n[1]\n" + &line("dan"));
    shop.takes(2, &[("not a JSON object", 2)]).await;
}

// ---- key and store --------------------------------------------------------------------------------------------------

#[tokio::test]
async fn another_key_is_refused_and_a_lost_one_is_not_replaced() {
    let shop = Shop::open().await;
    shop.project.write("web-2.csv", log(1));
    let key_file = &shop.project.config.store.key_file;
    std::fs::write(key_file, "0123456789abcdef0123456789abcdef\n").expect("a key can be written");
    shop.refuses(&["is not the one this store was made with", "restore the key file"]).await;
    std::fs::write(key_file, "secret\n").expect("a key can be written");
    shop.refuses(&["is not a key file", "32 hexadecimal digits"]).await;
    std::fs::remove_file(key_file).expect("a key can be lost");
    shop.refuses(&["cannot read the key file", "clients can only be recognised with the key"]).await;
    assert!(!key_file.exists(), "a store never gets a second key");
}

#[tokio::test]
async fn a_store_that_cannot_be_made_is_refused() {
    let mut project = Project::new(CONFIG);
    project.write("web-1.csv", log(1));
    project.config.store.path = project.path("web-1.csv").join("store");
    let error = project.ingest().await.expect_err("a file is no folder").to_string();
    assert!(error.contains("cannot make the store at"), "{error}");
}
