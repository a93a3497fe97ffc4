use super::*;
use assay_native::ceremony::blake2b::Blake2b;
use assay_native::ceremony::published::{PERPETUAL, Published};
use assay_native::ceremony::transcript::Contribution;
use std::fmt::Write;

/// As the reference tells who is in a file: a line each, `kind hash name`.
fn lines(contributions: &[Contribution]) -> Vec<String> {
    let line = |contribution: &Contribution| {
        let kind = if contribution.origin.beacon().is_some() { "beacon" } else { "contribution" };
        let hash = contribution.hash.iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("a string takes all");
            hex
        });
        format!("{kind} {hash} {}", contribution.origin.name())
    };
    contributions.iter().map(line).collect()
}

fn told_by_the_reference() -> Vec<&'static str> {
    let is_digest = |line: &&str| line.split(' ').nth(1).is_some_and(|word| word.len() == 128);
    REFERENCE.lines().filter(is_digest).collect()
}

#[test]
fn accepts_every_file_of_the_reference_and_tells_who_contributed() {
    let expected = told_by_the_reference();
    assert_eq!(expected.len(), 3);
    for (bytes, count, is_prepared) in [(ONCE, 1, false), (FINAL, 3, false), (PREPARED, 3, true)] {
        let checked = check(bytes).expect("a file of the reference");
        assert_eq!(lines(&checked.contributions), expected[..count]);
        assert_eq!((checked.power, checked.is_prepared), (3, is_prepared));
        assert!(!checked.is_development());
        assert_eq!(checked.published, None);
    }
    let last = check(FINAL).expect("accepted").contributions.pop().expect("three");
    assert_eq!(last.origin.beacon(), Some(&beacon()));
}

#[test]
fn gives_the_same_answer_in_every_form_of_the_arithmetic() {
    for cpu in Cpu::all() {
        let checked = check_powers(cpu, PREPARED, &[], &Silent).expect("it ends");
        assert_eq!(checked.as_ref().map(|c| c.contributions.len()), Ok(3), "{cpu:?}");
    }
}

#[test]
fn knows_a_published_file_by_its_bytes_alone() {
    let pin = |bytes| Published { name: "ours", digest: Blake2b::digest_of(bytes) };
    let published = |pins: &[Published<'static>]| {
        check_powers(Cpu::fastest(), PREPARED, pins, &Silent).expect("it ends").map(|c| c.published)
    };
    assert_eq!(published(&[pin(FINAL), pin(PREPARED)]), Ok(Some("ours")));
    assert_eq!(published(&[pin(FINAL)]), Ok(None));
    assert_eq!(published(&PERPETUAL), Ok(None));
}

#[test]
fn pins_the_files_that_the_reference_names() {
    assert_eq!(PERPETUAL.len(), 21);
    assert_eq!(PERPETUAL[0].name, "powersOfTau28_hez_final_08.ptau");
    assert_eq!(PERPETUAL[0].digest[..4], [0xd6, 0xa8, 0xfb, 0x3a]);
    assert_eq!(PERPETUAL[20].name, "powersOfTau28_hez_final.ptau");
    assert_eq!(PERPETUAL[20].digest[..4], [0x55, 0xc7, 0x7c, 0xe8]);
}
