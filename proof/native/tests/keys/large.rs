//! The name of a circuit that fills powers of tau for 2^15 rows: from this size on, snarkjs hashes what stands behind a
//! section of its file (`ceremony/key/overrun.rs`), and so do we.

use super::Folder;
use assay_native::ceremony::Silent;
use assay_native::ceremony::key::new_key;
use assay_native::cpu::Cpu;
use assay_native::curve::{Affine, Curve, G1, G2, Xyzz};
use assay_native::field::{FqModulus, FrModulus, Modulus};
use assay_native::files::{PTAU, PointBytes, R1CS, write_binfile};
use std::fs;
use std::path::Path;

const POWER: u32 = 15;
/// More than 2^14.
const ROWS: u32 = 17_000;
/// What `snarkjs.zKey.newZKey` (0.7.6) returned for the same two files, written by `write_powers` and `write_circuit`.
const SNARKJS: &str = "c475aa8c62067b408ad4734e6ddb28c3764e0f496da0922556ad77befe8745dc\
                       8a68fc2968131e0f0813d38cb56b04364a2166ca3573dad962b744bb5da96c32";

/// P, 2P, 3P and so on.
fn multiples<C: PointBytes>(point: Affine<C>, count: usize) -> Vec<u8> {
    let mut next = Xyzz::INFINITY;
    let multiples: Vec<Xyzz<C>> = (0..count)
        .map(|_| {
            next = next.add_affine(&point);
            next
        })
        .collect();
    let mut bytes = vec![0; count * C::BYTES];
    for (point, bytes) in Affine::all_from(&multiples).iter().zip(bytes.chunks_mut(C::BYTES)) {
        C::write(point, bytes);
    }
    bytes
}

fn repeated<C: PointBytes>(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; C::BYTES];
    C::write(&C::generator(), &mut bytes);
    bytes.repeat(count)
}

fn modulus<M: Modulus>() -> Vec<u8> {
    [32u32.to_le_bytes().as_slice(), M::P.map(u64::to_le_bytes).as_flattened()].concat()
}

/// Points that are no powers of any tau: a name is asked for, and snarkjs does not look at them. In G2 they are equal,
/// which no honest file has, and sums must be right nevertheless.
fn write_powers(path: &Path) {
    let n = 1 << POWER;
    let header = [modulus::<FqModulus>(), [POWER.to_le_bytes(); 2].concat()].concat();
    let g1 = multiples(G1::generator(), 4 * n - 1);
    let sections: [(u32, &[u8]); 11] = [
        (1, &header),
        (2, &g1[..(2 * n - 1) * 64]),
        (3, &repeated::<G2>(n)),
        (4, &g1[64..(n + 1) * 64]),
        (5, &g1[128..(n + 2) * 64]),
        (6, &repeated::<G2>(1)),
        (7, &[0; 4]),
        (12, &g1),
        (13, &repeated::<G2>(2 * n - 1)),
        (14, &g1[192..(2 * n + 2) * 64]),
        (15, &g1[256..(2 * n + 3) * 64]),
    ];
    write_binfile(path, &PTAU, &sections).expect("written");
}

/// Bits: b · (b − 1) = 0.
fn write_circuit(path: &Path) {
    let term = |wire: u32, coefficient: [u64; 4]| {
        [wire.to_le_bytes().as_slice(), coefficient.map(u64::to_le_bytes).as_flattened()].concat()
    };
    let mut minus_one = FrModulus::P;
    minus_one[0] -= 1;
    let mut rows = Vec::new();
    for wire in 1..=ROWS {
        let bit = term(wire, [1, 0, 0, 0]);
        let count = |count: u32| count.to_le_bytes().to_vec();
        rows.extend([count(1), bit.clone(), count(2), bit, term(0, minus_one), count(0)].concat());
    }
    let wires = ROWS + 1;
    let counts = [wires, 1, 0, 0, wires, 0, ROWS].map(u32::to_le_bytes).concat();
    let header = [modulus::<FrModulus>(), counts].concat();
    let labels: Vec<u8> = (0..u64::from(wires)).flat_map(u64::to_le_bytes).collect();
    write_binfile(path, &R1CS, &[(1, &header), (2, &rows), (3, &labels)]).expect("written");
}

#[test]
fn names_a_circuit_that_fills_its_powers_as_snarkjs_does() {
    let folder = Folder::new("large");
    let (powers, circuit, out) = (folder.at("ptau"), folder.at("r1cs"), folder.at("zkey"));
    write_powers(&powers);
    write_circuit(&circuit);
    let (r1cs, ptau) = (fs::read(circuit).expect("a circuit"), fs::read(powers).expect("powers"));
    let name = new_key(Cpu::fastest(), &r1cs, &ptau, &out, &Silent).expect("a key");
    let hex: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, SNARKJS);
}
