//! The door for JavaScript, in Node-API 8: the one place of the crate that knows of promises and of Node's types.
//!
//! Every call that takes longer than a microsecond returns a promise and works on a thread of its own (task.rs says
//! why). Bytes are copied or read as they come in, so that nothing the script does later can change what is being checked.
//! What goes wrong is a value, `{code, message, hint}`, never an exception: proof/native/addon.ts makes the errors of
//! Assay from it. A panic is such a value too.

mod ceremony;
mod ceremony_key;
mod ceremony_powers;
mod memory;
mod prove;
mod stop;
mod task;
mod verify;

use napi_derive::napi;

use crate::cpu::{Cpu, Form};
use task::{Outcome, settled};

/// Raised with every change of what this door takes or gives: an addon of other sources is told from this one.
const CONTRACT: u32 = 2;

#[napi]
pub fn contract() -> u32 {
    CONTRACT
}

/// What this machine runs.
#[napi(object)]
pub struct Processor {
    /// `ifma`, `mulx` or `plain`.
    pub form: String,
    /// Every form that runs here, the slowest first.
    pub forms: Vec<String>,
}

#[napi]
pub fn processor() -> Outcome<Processor> {
    settled(Cpu::from_environment().map(|cpu| Processor {
        form: name_of(cpu),
        forms: Cpu::all().into_iter().map(name_of).collect(),
    }))
}

fn name_of(cpu: Cpu) -> String {
    match cpu.form() {
        Form::Plain => "plain",
        Form::Mulx => "mulx",
        Form::Ifma => "ifma",
    }
    .to_owned()
}
