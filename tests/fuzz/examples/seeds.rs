//! Lays out seeds for every target: `seeds UNPACKED_DATA CORPUS_FOLDER`.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (Some(data), Some(corpus)) = (arguments.next(), arguments.next()) else {
        return Err(io::Error::other("usage: seeds UNPACKED_DATA CORPUS_FOLDER"));
    };
    let seeds = curlew_fuzz::seeds(&data)?;
    for (at, seed) in seeds.iter().enumerate() {
        let folder = corpus.join(seed.target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("seed-{at:05}")), &seed.input)?;
    }
    println!("{} seeds", seeds.len());
    Ok(())
}
