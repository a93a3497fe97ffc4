//! Each step of ours: to the byte the reference's where no secret is drawn, and accepted where one is.

use super::*;
use assay_native::ceremony::Progress;
use assay_native::ceremony::blake2b::Blake2b;
use assay_native::ceremony::contribute::{apply_beacon, contribute, new_powers, prepare};
use assay_native::ceremony::development::{NAME, development_powers};
use assay_native::files::Ptau;
use std::sync::atomic::AtomicUsize;

#[test]
fn begins_applies_a_beacon_and_prepares_to_the_byte_as_the_reference() {
    let folder = Folder::new();
    let mut steps = 0;
    for line in REFERENCE.lines() {
        let [step, power, digest] = line.split(' ').collect::<Vec<_>>()[..] else { continue };
        if digest.len() != 128 {
            continue;
        }
        let out = folder.at(&format!("{step}-{power}"));
        let from = |step: &str| folder.at(&format!("{step}-{power}"));
        let cpu = Cpu::fastest();
        match step {
            "new" => new_powers(&out, power.parse().expect("a number")).expect("made"),
            "beacon" => {
                let made = apply_beacon(cpu, &from("new"), &out, "a beacon", beacon(), &Silent);
                assert_eq!(made.expect("applied").origin.beacon(), Some(&beacon()));
            }
            "prepared" => prepare(cpu, &from("beacon"), &out, &Silent).expect("prepared"),
            other => panic!("a step called {other}"),
        }
        let ours = Blake2b::digest_of(&fs::read(&out).expect("it is there"));
        let ours: String = ours.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(ours, digest, "{step} {power}");
        steps += 1;
    }
    assert_eq!(steps, 15);
}

#[test]
fn prepares_a_file_of_the_reference_as_it_does_in_every_form() {
    let folder = Folder::new();
    let from = folder.write("final", FINAL);
    for cpu in Cpu::all() {
        prepare(cpu, &from, &folder.at("prepared"), &Silent).expect("prepared");
        assert!(folder.read("prepared") == PREPARED, "{cpu:?}");
    }
}

#[test]
fn contributes_to_a_chain_of_the_reference() {
    let folder = Folder::new();
    let from = folder.write("once", ONCE);
    let (second, third) = (folder.at("second"), folder.at("third"));
    let cpu = Cpu::fastest();
    let ours = contribute(cpu, &from, &second, "ours", &Silent).expect("contributed");
    let last = apply_beacon(cpu, &second, &third, "", beacon(), &Silent).expect("applied");
    let checked = check(&folder.read("third")).expect("a chain");
    assert_eq!(checked.contributions[1..], [ours, last]);
    assert_eq!(checked.contributions[1].origin.name(), "ours");
    assert_eq!(checked.contributions[2].origin.name(), "");
    // Fresh secrets every time.
    contribute(cpu, &from, &folder.at("again"), "ours", &Silent).expect("contributed");
    assert!(folder.read("again") != folder.read("second"));
}

#[test]
fn contributes_to_a_prepared_file_which_is_prepared_no_more() {
    let folder = Folder::new();
    let from = folder.write("prepared", PREPARED);
    contribute(Cpu::fastest(), &from, &folder.at("out"), "later", &Silent).expect("contributed");
    let checked = check(&folder.read("out")).expect("a chain");
    assert_eq!((checked.contributions.len(), checked.is_prepared), (4, false));
}

#[test]
fn makes_development_powers_that_say_so() {
    let folder = Folder::new();
    for (i, cpu) in Cpu::all().into_iter().enumerate() {
        for power in [1, 2, 5] {
            let out = folder.at(&format!("{i}-{power}"));
            let made = development_powers(cpu, &out, power, &Silent).expect("made");
            let checked =
                check(&fs::read(&out).expect("it is there")).expect("a file like any other");
            assert!(checked.is_prepared);
            assert!(checked.is_development());
            assert_eq!(checked.contributions, [made]);
            assert_eq!(checked.contributions[0].origin.name(), NAME);
        }
    }
    // And the same Lagrange bases as preparation gives.
    let (made, again) = (folder.read("0-5"), folder.at("again"));
    prepare(Cpu::fastest(), &folder.at("0-5"), &again, &Silent).expect("prepared");
    assert!(fs::read(again).expect("it is there") == made);
}

#[test]
fn refuses_what_cannot_be_contributed_to() {
    let folder = Folder::new();
    let out = folder.at("out");
    let attempt = |bytes: &[u8]| {
        let from = folder.write("from", bytes);
        let refused = contribute(Cpu::fastest(), &from, &out, "", &Silent);
        assert!(!out.exists(), "nothing half-made is left");
        refused.expect_err("refused").code
    };
    // Another point of the group where the last power stood.
    let file = Ptau::parse(FINAL).expect("parsed");
    let mut altered = FINAL.to_vec();
    let at = file.beta_tau_g1.as_ptr() as usize - FINAL.as_ptr() as usize;
    altered.copy_within(at..at + 64, at + 7 * 64);
    assert_eq!(attempt(&altered), "PTAU_MISMATCH");
    altered[at + 7 * 64] ^= 1;
    assert_eq!(attempt(&altered), "PTAU_MALFORMED");
    assert_eq!(attempt(&FINAL[..FINAL.len() - 1]), "PTAU_MALFORMED");
    let mut truncated = FINAL.to_vec();
    // The ceremony's power, after three words of the container, the header's id and length, size and q.
    truncated[12 + 12 + 36 + 4] = 4;
    assert_eq!(attempt(&truncated), "PTAU_TRUNCATED");
}

#[test]
fn refuses_powers_that_no_field_element_generates() {
    let folder = Folder::new();
    for power in [0, 28, 64, u32::MAX] {
        let out = folder.at("out");
        assert_eq!(new_powers(&out, power).expect_err("refused").code, "PTAU_POWER");
        let made = development_powers(Cpu::fastest(), &out, power, &Silent);
        assert_eq!(made.expect_err("refused").code, "PTAU_POWER");
        assert!(!out.exists());
    }
}

/// Cancels at the given report.
struct Impatient(AtomicUsize);

impl Progress for Impatient {
    fn report(&self, fraction: f64, _line: &str) {
        assert!((0.0..=1.0).contains(&fraction));
        let left = self.0.load(Ordering::Relaxed);
        self.0.store(left.saturating_sub(1), Ordering::Relaxed);
    }
    fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }
}

#[test]
fn stops_when_asked_and_leaves_nothing() {
    let folder = Folder::new();
    let from = folder.write("final", FINAL);
    for patience in 1..7 {
        let (out, cpu) = (folder.at("out"), Cpu::fastest());
        let impatient = || Impatient(AtomicUsize::new(patience));
        let codes = [
            contribute(cpu, &from, &out, "", &impatient()).expect_err("stopped").code,
            prepare(cpu, &from, &out, &impatient()).expect_err("stopped").code,
            development_powers(cpu, &out, 3, &impatient()).expect_err("stopped").code,
            check_powers(cpu, PREPARED, &[], &impatient()).expect_err("stopped").code,
        ];
        assert_eq!(codes, ["CANCELLED"; 4], "{patience}");
        assert_eq!(fs::read_dir(&folder.0).expect("the folder").count(), 1);
    }
}
