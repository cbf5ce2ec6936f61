// SPDX-License-Identifier: MIT
// What youki does first: to run from a sealed copy of itself, which it makes if it does not.

fn main() {
    match pentacle::ensure_sealed() {
        Ok(()) => println!("sealed"),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}
