//! Phase 1 through the door: powers of tau.

use napi::Env;
use napi::bindgen_prelude::Null;
use napi_derive::napi;

use super::ceremony::{ApplyBeacon, Chain, Contribute, NativeContribution, Tell, chain, step};
use super::stop::Stop;
use super::task::Promised;
use crate::ceremony::check::check_powers;
use crate::ceremony::contribute::{apply_beacon, contribute, new_powers, prepare};
use crate::ceremony::development::development_powers;
use crate::ceremony::published::PERPETUAL;
use crate::files::Mapped;

#[napi(object)]
pub struct NewPowersOfTau {
    pub power: u32,
    pub out: String,
}

#[napi(object)]
pub struct PreparePhase2 {
    pub from: String,
    pub out: String,
}

#[napi(object)]
pub struct VerifyPowersOfTau {
    pub file: String,
}

#[napi]
pub fn new_powers_of_tau<'env>(
    env: &'env Env,
    new: NewPowersOfTau,
    stop: &Stop,
    tell: Tell,
) -> napi::Result<Promised<'env>> {
    step(env, stop, tell, move |_, _| new_powers(new.out.as_ref(), new.power).map(|()| Null))
}

#[napi]
pub fn contribute_to_powers_of_tau<'env>(
    env: &'env Env,
    by: Contribute,
    stop: &Stop,
    tell: Tell,
) -> napi::Result<Promised<'env>> {
    step(env, stop, tell, move |cpu, progress| {
        contribute(cpu, by.from.as_ref(), by.out.as_ref(), &by.name, progress)
            .map(NativeContribution::from)
    })
}

#[napi]
pub fn apply_beacon_to_powers_of_tau<'env>(
    env: &'env Env,
    by: ApplyBeacon,
    stop: &Stop,
    tell: Tell,
) -> napi::Result<Promised<'env>> {
    step(env, stop, tell, move |cpu, progress| {
        let beacon = by.beacon.read()?;
        apply_beacon(cpu, by.from.as_ref(), by.out.as_ref(), &by.name, beacon, progress)
            .map(NativeContribution::from)
    })
}

#[napi(js_name = "preparePhase2")]
pub fn prepare_phase_2<'env>(
    env: &'env Env,
    of: PreparePhase2,
    stop: &Stop,
    tell: Tell,
) -> napi::Result<Promised<'env>> {
    step(env, stop, tell, move |cpu, progress| {
        prepare(cpu, of.from.as_ref(), of.out.as_ref(), progress).map(|()| Null)
    })
}

/// Its one contribution is all there is to tell it from powers of tau that many have contributed to.
#[napi]
pub fn development_powers_of_tau<'env>(
    env: &'env Env,
    new: NewPowersOfTau,
    stop: &Stop,
    tell: Tell,
) -> napi::Result<Promised<'env>> {
    step(env, stop, tell, move |cpu, progress| {
        development_powers(cpu, new.out.as_ref(), new.power, progress)
            .map(|contribution| vec![NativeContribution::from(contribution)])
    })
}

#[napi]
pub fn verify_powers_of_tau<'env>(
    env: &'env Env,
    of: VerifyPowersOfTau,
    stop: &Stop,
    tell: Tell,
) -> napi::Result<Promised<'env>> {
    step(env, stop, tell, move |cpu, progress| -> crate::error::Result<Chain> {
        let bytes = Mapped::open(of.file.as_ref())?;
        let answer = check_powers(cpu, &bytes, &PERPETUAL, progress)?;
        Ok(match answer {
            Ok(checked) => chain(Ok(checked.contributions), checked.published),
            Err(rejection) => chain(Err(rejection), None),
        })
    })
}
