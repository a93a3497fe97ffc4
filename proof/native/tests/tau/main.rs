//! Powers of tau against the reference: its files are accepted, ours are its own to the byte where no secret is drawn, and
//! whatever is forged is refused by the code that says why.

mod accept;
mod codec;
mod refuse;
mod steps;

use assay_native::ceremony::Silent;
use assay_native::ceremony::check::{Checked, check_powers};
use assay_native::ceremony::transcript::Beacon;
use assay_native::cpu::Cpu;
use assay_native::verify::Rejection;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// One contribution; three, the last of them a beacon; the same, prepared. For 2^3 rows, by the reference.
const ONCE: &[u8] = include_bytes!("../vectors/tau/once.ptau");
const FINAL: &[u8] = include_bytes!("../vectors/tau/final.ptau");
const PREPARED: &[u8] = include_bytes!("../vectors/tau/prepared.ptau");
const REFERENCE: &str = include_str!("../vectors/tau/reference.txt");

fn beacon() -> Beacon {
    Beacon::new([1, 2, 3, 4, 5, 6, 7, 8].repeat(4), 10).expect("a beacon")
}

fn check(bytes: &[u8]) -> Result<Checked<'static>, Rejection> {
    check_powers(Cpu::fastest(), bytes, &[], &Silent).expect("the check comes to an end")
}

/// A folder of its own for each test, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("assay-tau-{}-{count}", std::process::id()));
        fs::create_dir(&path).expect("a new folder");
        Self(path)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        fs::write(self.at(name), bytes).expect("written");
        self.at(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.at(name)).expect("it is there")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
