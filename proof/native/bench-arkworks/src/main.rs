//! `bench-arkworks <key.zkey> <witness.wtns> <threads>`: arkworks' Groth16 prover as an opponent of bench/.
//! It loads key and witness, checks one proof, says `{"ready":…}`, and then makes one proof for each line on stdin:
//! so that the bench can let its opponents take turns. It ends with stdin.

mod files;
mod reduction;

use ark_bn254::{Bn254, Fr, G1Affine, G2Affine};
use ark_groth16::{Groth16, Proof, prepare_verifying_key};
use ark_std::UniformRand;
use files::Circuit;
use rand::rngs::OsRng;
use reduction::CircomReduction;
use std::error::Error;
use std::io::{BufRead, Write};
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [key, witness, threads] = args.as_slice() else {
        return Err("usage: bench-arkworks <key.zkey> <witness.wtns> <threads>".into());
    };
    rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build_global()?;
    let circuit = files::read_circuit(&std::fs::read(key)?)?;
    let witness = files::read_witness(&std::fs::read(witness)?)?;
    if witness.len() != circuit.proving_key.a_query.len() {
        return Err("the witness is of another circuit".into());
    }

    let (proof, _) = prove(&circuit, &witness)?;
    let verifying_key = prepare_verifying_key(&circuit.proving_key.vk);
    let inputs = &witness[1..circuit.inputs];
    if !Groth16::<Bn254>::verify_proof(&verifying_key, &proof, inputs)? {
        return Err("arkworks refuses its own proof".into());
    }
    say(r#"{"ready":true}"#)?;

    for line in std::io::stdin().lock().lines() {
        line?;
        let (proof, ms) = prove(&circuit, &witness)?;
        say(&format!(r#"{{"ms":{ms:.4},"proof":{}}}"#, json_of(&proof)))?;
    }
    Ok(())
}

fn prove(circuit: &Circuit, witness: &[Fr]) -> Result<(Proof<Bn254>, f64), Box<dyn Error>> {
    let start = Instant::now();
    let proof = Groth16::<Bn254, CircomReduction>::create_proof_with_reduction_and_matrices(
        &circuit.proving_key,
        Fr::rand(&mut OsRng),
        Fr::rand(&mut OsRng),
        &circuit.matrices,
        circuit.inputs,
        circuit.matrices.num_constraints,
        witness,
    )?;
    Ok((proof, start.elapsed().as_secs_f64() * 1e3))
}

fn say(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// As snarkjs writes a proof.
fn json_of(proof: &Proof<Bn254>) -> String {
    let g1 = |p: &G1Affine| format!(r#"["{}","{}","1"]"#, p.x, p.y);
    let g2 = |p: &G2Affine| {
        let (x, y) = (p.x, p.y);
        format!(r#"[["{}","{}"],["{}","{}"],["1","0"]]"#, x.c0, x.c1, y.c0, y.c1)
    };
    format!(
        r#"{{"pi_a":{},"pi_b":{},"pi_c":{},"protocol":"groth16","curve":"bn128"}}"#,
        g1(&proof.a),
        g2(&proof.b),
        g1(&proof.c)
    )
}
