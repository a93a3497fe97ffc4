//! Files are written whole or not at all, and read back as they were meant.

use assay_native::files::{
    AtomicFile, Container, ContainerWriter, Mapped, PTAU, ZKEY, write_binfile,
};
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

const ZKEY_FILE: &[u8] = include_bytes!("vectors/key.zkey");

/// A folder of its own for each test, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("assay-files-{}-{count}", std::process::id()));
        fs::create_dir(&path).expect("a new folder");
        Self(path)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the folder");
        let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("an entry").file_name();
        entries.map(|entry| name(entry).into_string().expect("a name of ours")).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_file_is_there_when_it_is_finished_and_not_before() {
    let folder = Folder::new();
    let path = folder.at("key.zkey");
    fs::write(&path, b"what stood there").expect("written");
    let mut file = AtomicFile::create(&path).expect("created");
    file.write(b"half").expect("written");
    assert_eq!(fs::read(&path).expect("it stands there"), b"what stood there");
    assert_eq!(folder.names().len(), 2, "beside it");
    file.write(b" and half").expect("written");
    file.patch(0, b"HALF").expect("patched");
    file.write(b".").expect("written");
    assert_eq!(file.written(), 14);
    file.finish().expect("finished");
    assert_eq!(fs::read(&path).expect("it stands there"), b"HALF and half.");
    assert_eq!(folder.names(), ["key.zkey"]);
}

#[test]
fn a_file_dropped_unfinished_leaves_nothing() {
    let folder = Folder::new();
    let mut file = AtomicFile::create(&folder.at("key.zkey")).expect("created");
    file.write(&[7; 100]).expect("written");
    drop(file);
    assert_eq!(folder.names(), [""; 0]);
    // A failure in the middle is such a drop.
    let mut file = ContainerWriter::create(&folder.at("key.zkey"), &ZKEY, 2).expect("created");
    file.section(1, &[0; 4]).expect("written");
    drop(file);
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn two_that_write_one_file_do_not_meet() {
    let folder = Folder::new();
    let path = folder.at("both");
    let mut first = AtomicFile::create(&path).expect("created");
    let mut second = AtomicFile::create(&path).expect("created");
    first.write(b"first").expect("written");
    second.write(b"second").expect("written");
    first.finish().expect("finished");
    second.finish().expect("finished");
    assert_eq!(fs::read(&path).expect("it stands there"), b"second");
}

#[test]
fn what_cannot_be_written_is_said() {
    let folder = Folder::new();
    let code = |path: &Path| AtomicFile::create(path).expect_err("no such folder").code;
    assert_eq!(code(&folder.at("none/key.zkey")), "FILE_UNWRITABLE");
    assert_eq!(code(Path::new("/")), "FILE_UNWRITABLE");
    // A folder in the place of the file is found out when the file takes its place.
    fs::create_dir_all(folder.at("taken/inside")).expect("created");
    let mut file = AtomicFile::create(&folder.at("taken")).expect("created");
    file.write(b"x").expect("written");
    assert_eq!(file.finish().expect_err("taken").code, "FILE_UNWRITABLE");
    assert_eq!(folder.names(), ["taken"]);
}

#[test]
fn a_file_of_the_reference_is_written_again_byte_for_byte() {
    let folder = Folder::new();
    let path = folder.at("again.zkey");
    let sections = Container::parse(ZKEY_FILE, &ZKEY).expect("sound");
    write_binfile(&path, &ZKEY, sections.sections()).expect("written");
    assert_eq!(&*Mapped::open(&path).expect("it is there"), ZKEY_FILE);
}

#[test]
#[should_panic(expected = "the length announced")]
fn a_section_of_another_length_than_announced_is_a_fault_of_ours() {
    let folder = Folder::new();
    let mut file = ContainerWriter::create(&folder.at("x"), &ZKEY, 1).expect("created");
    file.begin(1, Some(5)).expect("begun");
    file.write(&[0; 4]).expect("written");
    let _ = file.end();
}

#[test]
#[should_panic(expected = "every section is written")]
fn a_section_that_is_missing_is_a_fault_of_ours() {
    let folder = Folder::new();
    let file = ContainerWriter::create(&folder.at("x"), &ZKEY, 1).expect("created");
    let _ = file.finish();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]
    #[test]
    fn containers_are_undone_by_reading(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..11),
        known in any::<u16>(),
    ) {
        let folder = Folder::new();
        let path = folder.at("some.ptau");
        let mut file = ContainerWriter::create(&path, &PTAU, payloads.len() as u32).expect("created");
        for (i, payload) in payloads.iter().enumerate() {
            // The length beforehand or afterwards, the bytes in pieces.
            let length = (known >> i & 1 == 1).then_some(payload.len() as u64);
            file.begin(PTAU.sections[i], length).expect("begun");
            for piece in payload.chunks(7) {
                file.write(piece).expect("written");
            }
            file.end().expect("ended");
        }
        file.finish().expect("finished");
        let bytes = Mapped::open(&path).expect("it is there");
        let container = Container::parse(&bytes, &PTAU).expect("sound");
        let found: Vec<&[u8]> = container.sections().iter().map(|(_, payload)| *payload).collect();
        prop_assert_eq!(found, payloads.iter().map(Vec::as_slice).collect::<Vec<_>>());
        for (i, payload) in payloads.iter().enumerate() {
            prop_assert_eq!(container.section(PTAU.sections[i]).expect("it is there"), payload);
        }
    }
}
