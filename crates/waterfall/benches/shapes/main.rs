//! What adversarial shapes of input cost, by their size, in instructions: `cargo bench -p waterfall --bench shapes`.
//!
//! Every stage that spans pass is measured with some spans and with twice as many: receiver, store, model, doctor, figures,
//! the answers to the page, and the page's own model (`ui/test/shapes/stages.js`). It fails when a stage takes more than 2.3
//! times the instructions for twice the input: linear is 2, n log n is 2.2, quadratic is 4. Callgrind counts the instructions,
//! so the load of the machine changes nothing. A stage that is quadratic on purpose must be found, too.
//!
//! With `-- --brief`, it prints the steepest stage of each shape, and those that fail. Parts of shapes' names select them.
//! Needs valgrind and node.

mod callgrind;
mod growth;
mod http;
mod input;
mod json;
mod shapes;
mod stages;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Mutex, PoisonError},
    thread,
};

use crate::{
    callgrind::Counted,
    growth::Growth,
    shapes::{SHAPES, Shape},
};

/// The mode of this program that runs the stages.
const STAGES_MODE: &str = "--stages";
/// The stages of the page, and their mark: a function of libuv that `os.getPriority()` calls.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/test/shapes/stages.js");
const PAGE_MARK: &str = "uv_os_getpriority";
/// How often a shape with a stage that grows too much is counted again.
const MORE_RUNS: usize = 2;
/// Without compilers, randomness and garbage collections, node takes the same instructions each time.
const NODE: [&str; 8] = [
    "node",
    "--jitless",
    "--single-threaded",
    "--predictable",
    "--hash-seed=1",
    "--random-seed=1",
    "--min-semi-space-size=1024",
    "--max-semi-space-size=1024",
];

fn main() -> ExitCode {
    // `cargo bench` adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [mode, folder] = &arguments[..]
        && mode == STAGES_MODE
    {
        stages::run(folder.as_ref());
    }
    let is_brief = arguments.iter().any(|argument| argument == "--brief");
    let wanted: Vec<&str> =
        arguments.iter().filter(|argument| !argument.starts_with("--")).map(String::as_str).collect();
    let shapes = measure(&wanted);
    let mut failed = 0;
    for (shape, stages) in &shapes {
        println!("{shape}");
        let steepest = stages.iter().filter(|stage| !stage.is_control()).max_by_key(|stage| stage.percent());
        for stage in stages {
            let is_steepest = steepest.is_some_and(|steepest| std::ptr::eq(steepest, stage));
            if !is_brief || is_steepest || !stage.is_expected() {
                println!("{stage}");
            }
            failed += usize::from(!stage.is_expected());
        }
    }
    let stages: usize = shapes.iter().map(|(_, stages)| stages.len()).sum();
    let [_warm_up, once, twice] = input::ITEMS;
    println!(
        "{failed} of {stages} stages are not linear: instructions for {once} and for {twice} items, and their ratio"
    );
    if failed > 0 || shapes.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// The stages of each shape. `wanted` are parts of names; all shapes if there are none.
fn measure(wanted: &[&str]) -> Vec<(&'static str, Vec<Growth>)> {
    let scratch = tempfile::tempdir().expect("a folder");
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|part| name.contains(part));
    let shapes: Vec<_> = SHAPES.into_iter().filter(|(name, _)| is_wanted(name)).collect();
    let folders: Vec<PathBuf> =
        (0..shapes.len()).map(|number| scratch.path().join(number.to_string())).collect();
    for (folder, (_, shape)) in folders.iter().zip(&shapes) {
        fs::create_dir(folder).expect("a folder");
        input::write(folder, *shape);
    }
    let of_server = in_parallel(&folders, |folder| count_server(folder));
    let of_server: Vec<_> =
        of_server.into_iter().zip(&shapes).map(|(counted, (_, shape))| settled(counted, *shape)).collect();
    // Node takes seconds to start under callgrind.
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let groups: Vec<&[PathBuf]> = folders.chunks(folders.len().div_ceil(cores)).collect();
    let of_page: Vec<Counted> =
        in_parallel(&groups, |group| count_page(group)).into_iter().flatten().collect();

    let of_page = of_page.chunks(of_page.len() / shapes.len().max(1));
    let growths = of_server.iter().zip(of_page).map(|(server, page)| {
        let mut stages = Growth::by_stage(server);
        stages.extend(Growth::by_stage(page));
        stages
    });
    shapes.iter().map(|(name, _)| *name).zip(growths).collect()
}

/// Stages of the server with the inputs of a folder.
fn count_server(folder: &Path) -> Vec<Counted> {
    let program = std::env::current_exe().expect("this program");
    callgrind::count(stages::MARK, folder, &[program.as_os_str(), STAGES_MODE.as_ref(), folder.as_os_str()])
}

/// Counts a shape again while a stage grows too much. The threads of a server also do what is not of the request, so the
/// fewest instructions are the nearest to its cost.
fn settled(mut counted: Vec<Counted>, shape: Shape) -> Vec<Counted> {
    for _ in 0..MORE_RUNS {
        if Growth::by_stage(&counted).iter().all(Growth::is_expected) {
            break;
        }
        let folder = tempfile::tempdir().expect("a folder");
        input::write(folder.path(), shape);
        for ((_, fewest), (_, again)) in counted.iter_mut().zip(count_server(folder.path())) {
            *fewest = again.min(*fewest);
        }
    }
    counted
}

/// Stages of the page with the answers that were written to some folders.
fn count_page(folders: &[PathBuf]) -> Vec<Counted> {
    let mut program: Vec<&std::ffi::OsStr> = NODE.iter().map(std::ffi::OsStr::new).collect();
    program.push(PAGE.as_ref());
    program.extend(folders.iter().map(|folder| folder.as_os_str()));
    let place = tempfile::tempdir().expect("a folder");
    callgrind::count(PAGE_MARK, place.path(), &program)
}

/// The results for all items, in their order.
fn in_parallel<T: Sync, R: Send>(items: &[T], run: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let pending = Mutex::new(items.iter().enumerate());
    let done = Mutex::new(Vec::with_capacity(items.len()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let next = pending.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((number, item)) = next else { break };
                    let result = run(item);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((number, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}
