//! The program, as a process, under attack: many processes at once, logs that change while they are read, a full disk,
//! text that steers a terminal or is nested too deeply, and ids of clients that must not get into messages or the
//! store.

use std::process::{Child, Command, Output, Stdio};

use crate::project::list;

const CONFIG: &str = r#"
[journey]
goals = ["paid"]

[[source]]
name = "web"
files = "web-*.csv"
channel = "web"
[source.columns]
client = "client"
time = "time"
step = "step"
motive = "motive"
"#;

const HEADER: &str = "client,time,step,motive\n";

/// A folder with a configuration and logs.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(config: &str) -> Folder {
        let folder = Folder(tempfile::tempdir().expect("a folder"));
        folder.write("dropoff.toml", config);
        folder
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.0.path().join(name), bytes).expect("a file can be written");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dropoff"));
        command.args(arguments).current_dir(self.0.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program can be started")
    }

    /// Starts it; what it says is kept until it has ended.
    fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program can be started")
    }

    /// Asks in SQL, however long, which must end with this code.
    #[track_caller]
    fn asks(&self, sql: &str, code: i32) -> String {
        self.write("question.sql", sql);
        let question = std::fs::File::open(self.0.path().join("question.sql")).expect("the question is there");
        let output = self.command(&["query", "-"]).stdin(question).output().expect("the program can be started");
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        said(&output)
    }

    /// Runs it, which must end with this code; returns all that it said.
    #[track_caller]
    fn ends(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(code), "dropoff {arguments:?}\n{said}");
        said
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn log(contacts: usize) -> String {
    let rows = (0..contacts).map(|row| format!("c{},2026-03-01 10:{:02}:00,step {},m\n", row / 3, row % 60, row % 7));
    [HEADER.to_owned()].into_iter().chain(rows).collect()
}

#[test]
fn a_configuration_is_used_from_a_folder_beside_it() {
    let folder = Folder::new(CONFIG);
    folder.write("web-1.csv", format!("{HEADER}a,2026-03-01 10:00,paid,\n"));
    std::fs::create_dir(folder.0.path().join("beside")).expect("a folder");
    for arguments in [&["ingest"][..], &["report", "overview"], &["run"]] {
        let mut command = folder.command(&["--config", "../dropoff.toml"]);
        let output = command.args(arguments).current_dir(folder.0.path().join("beside")).output().expect("it starts");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}\n{}", said(&output));
    }
}

#[test]
fn many_first_ingests_at_once_make_one_store() {
    for _ in 0..3 {
        let folder = Folder::new(CONFIG);
        folder.write("web-1.csv", log(300));
        let running: Vec<_> = (0..8).map(|_| folder.start(&["ingest"])).collect();
        for child in running {
            let output = child.wait_with_output().expect("it ends");
            assert!(matches!(output.status.code(), Some(0 | 3)), "{}", said(&output));
        }
        folder.ends(&["ingest"], 0);
        assert!(folder.ends(&["query", "select count(*) as n from contacts"], 0).contains("300"));
    }
}

/// Cut short and whole again, and replaced, while it is read: in the end, what is stored is what is there.
#[test]
fn a_log_that_changes_while_it_is_read_is_stored_whole_in_the_end() {
    let (whole, other) = (log(30_000), log(20_000).replace(",m\n", ",n\n"));
    let folder = Folder::new(CONFIG);
    let path = folder.0.path().join("web-1.csv");
    let mut seen = std::collections::BTreeSet::new();
    for round in 0..12_u64 {
        std::fs::write(&path, &whole).unwrap();
        let child = folder.start(&["ingest"]);
        std::thread::sleep(std::time::Duration::from_millis(3 * round));
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        if round % 2 == 0 {
            std::fs::write(&path, &other).unwrap();
        }
        let output = child.wait_with_output().expect("it ends");
        seen.insert(output.status.code());
        assert!(matches!(output.status.code(), Some(0 | 3)), "{}", said(&output));
        std::fs::write(&path, &whole).unwrap();
        folder.ends(&["ingest"], 0);
        let stored = folder.ends(
            &[
                "query",
                "-f",
                "csv",
                "select count(*) as n, sum(case when motive = 'm' then 1 else 0 end) as m from contacts",
            ],
            0,
        );
        assert!(stored.contains("30000,30000"), "round {round}: {stored}");
    }
    assert!(seen.contains(&Some(0)), "{seen:?}");
}

/// While a large log is read, another one is swapped for one with its columns in another order, or cut short.
#[test]
fn a_log_that_changes_before_its_turn_is_refused_or_read_as_it_is() {
    let folder = Folder::new(CONFIG);
    let (before, swapped) =
        ("ann@example.org,2026-03-01 10:00:00,home,m\n", "2026-03-01 10:00:00,ann@example.org,home,m\n");
    let large = log(400_000);
    for round in 0..8_u64 {
        let _ = std::fs::remove_dir_all(folder.0.path().join("store"));
        folder.write("web-1.csv", &large);
        folder.write("web-2.csv", HEADER.to_owned() + before);
        let child = folder.start(&["ingest"]);
        std::thread::sleep(std::time::Duration::from_millis(20 + 25 * round));
        if round % 2 == 0 {
            folder.write("swapped", "time,client,step,motive\n".to_owned() + swapped);
            std::fs::rename(folder.0.path().join("swapped"), folder.0.path().join("web-2.csv")).unwrap();
        } else {
            folder.write("web-1.csv", "");
        }
        let output = child.wait_with_output().expect("it ends");
        assert!(matches!(output.status.code(), Some(0 | 3)), "{}", said(&output));
        if output.status.code() == Some(0) {
            let sql = "select count(*) as n, sum(case when step like '%@%' or step like '2026%' then 1 else 0 end) as swapped from contacts";
            let stored = folder.ends(&["query", "-f", "csv", sql], 0);
            assert!(stored.contains("400001,0") || stored.contains("1,0"), "round {round}: {stored}");
        }
    }
}

/// A small file system of its own, where this user may have one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<SmallDisk> {
        let disk = SmallDisk(tempfile::tempdir().expect("a folder"));
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(disk.0.path()).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(disk)
    }

    fn resize(&self, kilobytes: usize) {
        let size = format!("remount,size={kilobytes}k");
        let done = Command::new("mount").args(["-o", &size]).arg(self.0.path()).output().expect("mount");
        assert!(done.status.success(), "{}", said(&done));
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).output();
    }
}

/// At whatever size of disk the ingest stops: it is an error of the environment, and with more room the next one
/// succeeds.
#[test]
fn a_full_disk_is_said_to_be_one_in_every_phase() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("skipped: this user may not mount a file system");
        return;
    };
    let (store, reports) = (disk.0.path().join("store"), disk.0.path().join("reports"));
    let config = format!("[store]\npath = \"{}\"\n{CONFIG}", store.display());
    let folder = Folder::new(&config);
    folder.write("web-1.csv", log(60_000) + &"c1,soon,a,b\n".repeat(2_000));
    let out = reports.display().to_string();
    let mut codes = std::collections::BTreeSet::new();
    for kilobytes in [16, 64, 200, 400, 700, 900, 1_100, 1_300, 1_500, 1_700, 2_000, 2_500] {
        disk.resize(kilobytes);
        let output = folder.run(&["run", "--out", &out]);
        codes.insert(output.status.code());
        assert!(matches!(output.status.code(), Some(0 | 3)), "{kilobytes} kB\n{}", said(&output));
        if output.status.code() == Some(3) {
            let text = said(&output);
            assert!(text.contains("No space left") || text.contains("os error 28"), "{kilobytes} kB\n{text}");
        }
    }
    disk.resize(64 * 1024);
    folder.ends(&["run", "--out", &out], 0);
    assert!(folder.ends(&["query", "-f", "csv", "select count(*) as n from contacts"], 0).contains("60000"));
    assert!(codes.contains(&Some(3)), "{codes:?}");
}

/// Escapes, line ends, characters that turn text around, invisible ones, markup, formulas.
const HOSTILE: [&str; 8] = [
    "\u{1b}[31mred\u{1b}[0m",
    "bell\u{7}back\u{8}\u{8}\u{8}",
    "right\u{202e}tfel\u{2066}x",
    "zero\u{200b}width\u{feff}",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "=cmd|'/c calc'!A1",
    "\u{9b}31m csi",
    "a&b\"c'd\u{fffe}\u{ffff}",
];

fn hostile_log() -> String {
    let mut log = HEADER.to_owned();
    for (number, label) in HOSTILE.iter().enumerate() {
        let label = label.replace('"', "\"\"");
        for client in 0..20 {
            log += &format!("c{client},2026-03-{:02} 10:00:00,\"{label}\",\"{label}\"\n", number + 1);
            log += &format!("c{client},2026-03-{:02} 10:01:00,\"{label} again\",\"{label}\"\n", number + 1);
            log += &format!("c{client},\"{label}\",x,y\n");
        }
    }
    log
}

/// What may not go to a terminal: all control characters but the line end, and those that hide or turn what stands beside them.
fn is_hidden(c: char) -> bool {
    c.is_control() && c != '\n'
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{61c}' | '\u{fffe}' | '\u{ffff}')
}

#[test]
fn hostile_labels_reach_no_terminal_and_no_page() {
    let config = CONFIG.replace("[journey]", "[report]\nfunnel = [\"\\u001b[31mx\", \"paid\"]\n[journey]");
    let folder = Folder::new(&config);
    folder.write("web-\u{202e}1\u{1b}[31m.csv", hostile_log());
    let commands: [&[&str]; 9] = [
        &["ingest"],
        &["ingest", "--check"],
        &["report"],
        &["report", "rejects"],
        &["explain", "c1"],
        &["causes"],
        &["query", "select step, motive, file, count(*) as n from contacts group by all"],
        &["query", "select \u{1b}[31m"],
        &["run"],
    ];
    for arguments in commands {
        let text = said(&folder.run(arguments));
        let hidden: Vec<char> = text.chars().filter(|&c| is_hidden(c)).collect();
        assert!(hidden.is_empty(), "{hidden:?} after dropoff {arguments:?}");
    }
    let page = std::fs::read_to_string(folder.0.path().join("reports/report.html")).unwrap();
    assert!(page.contains("again") && !page.contains("<script>alert") && !page.contains("<img src=x"));
    folder.ends(&["report", "--format", "svg", "--out", "charts"], 0);
    for chart in list(&folder.0.path().join("charts")) {
        let text = std::fs::read_to_string(&chart).unwrap();
        assert!(!text.contains("<script>") && !text.chars().any(is_hidden), "{}", chart.display());
    }
}

#[test]
fn what_is_too_deep_is_refused() {
    let config = CONFIG.replace("web-*.csv", "web-*.ndjson");
    let folder = Folder::new(&config);
    let row = |client: &str| {
        format!("{{\"client\":\"{client}\",\"time\":\"2026-03-01 10:00\",\"step\":\"a\",\"motive\":\"m\"}}\n")
    };
    folder.write("web-1.ndjson", [row("ann"), "[".repeat(200_000), "\n".to_owned(), row("bob")].concat());
    let account = folder.ends(&["ingest"], 0);
    assert!(account.contains("JSON nested too deeply 1"), "{account}");
    assert!(folder.ends(&["query", "-f", "csv", "select count(*) as n from contacts"], 0).contains("n\n2\n"));

    let or = format!("select count(*) from contacts where step = 'a'{}", " or step = 'b'".repeat(30_000));
    let union = format!("select 1{}", " union all select 1".repeat(3_000));
    let brackets = format!("select {}1{}", "(".repeat(5_000), ")".repeat(5_000));
    for sql in [or, union, brackets] {
        let said = folder.asks(&sql, 2);
        assert!(said.contains("deep"), "{said}");
    }
    let rule = format!(
        "[[cause]]\nfamily = \"technical\"\ncode = \"c\"\nwhen = \"step = 'a'{}\"\n",
        " or step = 'b'".repeat(30_000)
    );
    folder.write("dropoff.toml", config.clone() + &rule);
    let said = folder.ends(&["causes"], 2);
    assert!(said.contains("is too deep") && said.contains("cause `technical.c`"), "{said}");
}

#[test]
fn as_deep_as_allowed_is_answered() {
    let folder = Folder::new(CONFIG);
    folder.write("web-1.csv", log(30));
    folder.ends(&["ingest"], 0);
    let or = format!("select count(*) as n from contacts where step = 'a'{}", " or step = 'b'".repeat(990));
    let plus = format!("select 1{} as n", " + 1".repeat(900));
    let union = format!("select 1 as n{}", " union all select 1".repeat(900));
    let not = format!("select count(*) as n from contacts where {} step = 'a'", "not ".repeat(40));
    for sql in [or, plus, union, not] {
        folder.asks(&sql, 0);
    }
}

const IDS: [&str; 4] = ["smith.john@example.org", "8812034455", "FR7630006000011234567890189", "+33 6 12 34 56 78"];

/// However the configuration is wrong for the log, neither messages nor the store hold an id.
#[test]
fn no_id_gets_into_messages_and_the_store() {
    let rows: String = IDS.iter().map(|id| format!("{id},2026-03-01 10:00:00,home,m\n")).collect();
    let ndjson: String = IDS.iter().map(|id| format!("\"{id}\" is no object\n")).collect();
    let shifted: String = IDS.iter().map(|id| format!("2026-03-01 10:00:00,{id},home,m\n")).collect();
    let sql = |sql: &str| CONFIG.replace("step = \"step\"", &format!("step = {{ sql = \"{sql}\" }}"));
    let attempts = [
        (CONFIG.to_owned(), rows.clone(), "no header"),
        (CONFIG.replace("channel =", "delimiter = \";\"\nchannel ="), rows.clone(), "a wrong delimiter"),
        (CONFIG.replace("channel =", "format = \"ndjson\"\nchannel ="), ndjson, "another format"),
        (CONFIG.to_owned(), HEADER.to_owned() + &shifted, "shifted columns"),
        (sql("to_timestamp(client)"), HEADER.to_owned() + &rows, "a time of a client"),
        (sql("arrow_cast(client, 'Int64')"), HEADER.to_owned() + &rows, "a number of a client"),
        (sql("named_struct('a', client)"), HEADER.to_owned() + &rows, "a struct for a step"),
    ];
    for (config, log, what) in attempts {
        let folder = Folder::new(&config);
        folder.write("web-1.csv", log);
        let output = folder.run(&["ingest"]);
        let code = output.status.code();
        assert!(matches!(code, Some(1 | 2)), "{what}: {code:?}\n{}", said(&output));
        let told = [said(&output), said(&folder.run(&["report", "rejects"]))].concat();
        for id in IDS {
            assert!(!told.contains(id), "{what}: `{id}` is in\n{told}");
        }
        if folder.0.path().join("store/rejects").exists() {
            let values = said(&folder.run(&["query", "-f", "csv", "select * from rejects"]));
            assert!(IDS.iter().all(|id| !values.contains(id)), "{what}\n{values}");
        }
    }
}

/// A page is passed on to others.
#[test]
fn a_page_about_a_client_does_not_name_the_client() {
    let folder = Folder::new(CONFIG);
    let rows: String = IDS.iter().map(|id| format!("{id},2026-03-01 10:00:00,home,m\n")).collect();
    folder.write("web-1.csv", HEADER.to_owned() + &rows);
    folder.ends(&["ingest"], 0);
    let client = format!("client={}", IDS[0]);
    let page = folder.ends(&["report", "client_events", "--param", &client, "--format", "html"], 0);
    assert!(page.contains("home") && !page.contains(IDS[0]), "the page names the client");
}

/// Structure, rules, files and columns, in one go.
#[test]
fn all_mistakes_of_a_configuration_come_in_one_round() {
    let wrong = r#"
[journey]
gaps = "7d"

[[source]]
name = "web"
files = "web-*.csv"
channel = "web"
[source.columns]
client = "client_id"
time = "time"
step = { sql = "step ==== 'a'" }

[[source]]
name = "phone"
files = "phone-*.csv"
channel = "phone"
[source.columns]
client = "client"
time = "time"

[[source]]
name = "chat"
files = "chat-*.csv"
chanel = "chat"
[source.columns]
client = "client"
time = "time"
[source.measures]
wait_s = { column = "wait", type = "int" }

[[cause]]
family = "technical"
code = "slow"
when = "load_ms > > 3"

[[cause]]
family = "relational"
code = "long_wait"
when = "wait_s > 60"
"#;
    let folder = Folder::new(wrong);
    for number in 1..=8 {
        folder.write(&format!("web-{number}.csv"), "id_client,time,step\na,2026-03-01 10:00,home\n");
    }
    folder.write("chat-1.csv", "client,time\n");
    let said = folder.ends(&["ingest"], 2);
    for words in [
        "unknown key `gaps` in `[journey]`",
        "unknown key `chanel` in `[[source]]`",
        "`load_ms > > 3` is not a valid expression",
        "no file matches `phone-*.csv`",
        "the log has no column `client_id`",
        "did you mean `id_client`?",
        "`step ==== 'a'` is not a valid expression",
        "and 3 more",
    ] {
        assert!(said.contains(words), "`{words}` is not in\n{said}");
    }
    assert!(!said.contains("ParserError") && !said.contains("wait_s"), "{said}");
    assert_eq!(said.matches("no column `client_id`").count(), 1, "{said}");
    assert!(!folder.0.path().join("store").exists());
}

#[test]
fn what_is_odd_about_a_configuration_is_said_by_the_ingest() {
    let config = CONFIG
        .replace("goals = [\"paid\"]", "goals = [\"step 1\", \"payed\"]")
        .replace("channel = \"web\"", "channel = \"motive\"");
    let folder = Folder::new(&config);
    folder.write("web-1.csv", log(30) + "c9,2036-03-01 10:00:00,step 5,m\n");
    let check = folder.ends(&["ingest", "--check"], 0);
    assert!(check.contains("`payed` occurs in no contact") && !check.contains("`step 1`"), "{check}");
    for words in [
        "goal `payed` occurs in no contact",
        "has the channel `motive`, though its logs have a column of that name",
        "has a contact at 2036-03-01 10:00",
    ] {
        let said = folder.ends(&["ingest", "--rebuild"], 0);
        assert!(said.contains(words), "`{words}` is not in\n{said}");
    }
    // Nothing is new, and the goal is still a slip.
    assert!(folder.ends(&["ingest"], 0).contains("goal `payed` occurs in no contact"));
    folder.write("web-2.csv", HEADER.to_owned() + "c9,2026-03-02 10:00:00,payed,m\n");
    assert!(!folder.ends(&["ingest"], 0).contains("occurs in no contact"));
    folder.write("web-3.csv", HEADER.to_owned() + "c9,2026-03-03 10:00:00,home,m\n");
    assert!(!folder.ends(&["ingest"], 0).contains("occurs in no contact"), "it was met once");
}

#[test]
fn a_time_format_that_does_not_fit_says_which_part() {
    let config = CONFIG.replace("time = \"time\"", "time = { column = \"time\", format = \"%d/%m/%Y %H:%M:%S\" }");
    let folder = Folder::new(&config);
    folder.write("web-1.csv", log(9));
    let said = folder.ends(&["ingest"], 1);
    for words in [
        "every new row of `web` was rejected",
        "`/` does not read `26-03-01 10:00:00`",
        "format = \"%Y-%m-%d %H:%M:%S\"",
    ] {
        assert!(said.contains(words), "`{words}` is not in\n{said}");
    }
}

/// Millions of rejects in a small file: those that are kept are few, the others are a number.
#[test]
fn rejects_are_kept_up_to_a_number() {
    let config = format!("[ingest]\nkeep_rejects = 5\n{CONFIG}");
    let folder = Folder::new(&config);
    folder.write("web-1.csv", HEADER.to_owned() + &"a,soon,b,c\n".repeat(20_000) + "a,2026-03-01 10:00:00,home,m\n");
    let account = folder.ends(&["ingest"], 0);
    assert!(account.contains("unreadable time 20 000") || account.contains("unreadable time 20,000"), "{account}");
    let sql = "select count(*) as kept, sum(rows) as all_of_them, max(rows) as counted from rejects";
    assert!(folder.ends(&["query", "-f", "csv", sql], 0).contains("6,20000,19995"));
}
