// SPDX-License-Identifier: MIT
// Makes a sealed copy of a file for each line on standard input, and closes it. Prints how many nanoseconds that took.

use pentacle::SealOptions;
use std::{env, fs::File, io, time::Instant};

fn main() -> io::Result<()> {
    let path = env::args_os().nth(1).expect("usage: clones FILE");
    for line in io::stdin().lines() {
        line?;
        let begin = Instant::now();
        drop(SealOptions::new().close_on_exec(true).executable(true).copy_and_seal(&mut File::open(&path)?)?);
        println!("{}", begin.elapsed().as_nanos());
    }
    Ok(())
}
