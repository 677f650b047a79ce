//! A crash leaves no image of the memory behind.
#![cfg(target_os = "linux")]

use std::process::{Command, Stdio};

const ASKED: &str = "CURLEW_TEST_CRASH";

#[test]
#[ignore = "run by the test below, in a process of its own"]
fn crashes() {
    let Ok(guarded) = std::env::var(ASKED) else {
        return;
    };
    if guarded == "yes" {
        curlew_vault::keep_out_of_dumps().expect("dumps are off");
    }
    let limits = std::fs::read_to_string("/proc/self/limits").expect("limits");
    let limit = limits.lines().find(|line| line.starts_with("Max core file size"));
    println!("{}", limit.expect("a limit"));
    println!("{:?}", rustix::process::dumpable_behavior());
    std::process::abort();
}

/// What a crashing process says, and the files it leaves behind.
fn crash(guarded: &str) -> (String, usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new("sh")
        .args(["-c", "ulimit -c unlimited; exec \"$@\"", "sh"])
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", "crashes", "--ignored", "--nocapture"])
        .env(ASKED, guarded)
        .env_remove("LLVM_PROFILE_FILE")
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    let left = std::fs::read_dir(folder.path()).expect("a folder").count();
    (String::from_utf8_lossy(&output.stdout).into_owned(), left)
}

#[test]
fn a_crash_leaves_no_image_of_the_memory() {
    let (said, left) = crash("yes");
    let limit = said
        .lines()
        .find(|line| line.starts_with("Max core"))
        .expect("a limit");
    let numbers: Vec<&str> = limit.split_whitespace().skip(4).collect();
    assert_eq!(numbers, ["1", "1", "bytes"], "{said}");
    assert!(said.contains("NotDumpable"), "{said}");
    assert_eq!(left, 0, "a core file");
    // Without asking, the same crash is allowed one; whether there is one is up to the machine.
    let (said, _) = crash("no");
    assert!(
        said.contains("unlimited") && !said.contains("NotDumpable"),
        "{said}"
    );
}
