//! Real logs: the configurations in `docs/examples`, against figures counted from the raw files by another program.
//!
//! The figures stand in `tests/real_logs`, one `.slt` file per example. The logs are not part of the project: where one
//! is absent, its example is skipped, and the test says so. Stores are made in temporary folders.

use dropoff::ingest::find_files;

use crate::project::{Project, list, repository};
use crate::slt;

#[tokio::test(flavor = "multi_thread")]
async fn examples_give_the_figures_counted_from_the_raw_logs() {
    let mut failures = Vec::new();
    let mut examples = 0;
    for folder in list(&repository("docs/examples")) {
        let configuration = folder.join("dropoff.toml");
        if !configuration.exists() {
            continue;
        }
        examples += 1;
        let name = folder.file_name().expect("a folder has a name").to_string_lossy();
        let project = Project::of(&configuration);
        if project.config.sources.iter().any(|source| !find_files(&project.config, source).1.is_empty()) {
            println!("skipped: the log of the example `{name}` is not there");
            continue;
        }
        let opened = match project.ingest().await {
            Ok(_) => project.open().await,
            Err(error) => Err(error),
        };
        match opened {
            Ok(engine) => {
                let figures = repository("tests/real_logs").join(format!("{name}.slt"));
                failures.extend(slt::check(&figures, engine).await);
            }
            Err(error) => failures.push(format!("{}\n{error}", configuration.display())),
        }
    }
    assert!(examples > 0, "docs/examples holds configurations");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
