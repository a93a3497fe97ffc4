//! Phase 2 through the door: the key of one circuit.

use napi::Env;
use napi::bindgen_prelude::{Either, Null, Uint8Array};
use napi_derive::napi;

use super::ceremony::{ApplyBeacon, Chain, Contribute, NativeContribution, Tell, chain, step};
use super::stop::Stop;
use super::task::Promised;
use super::verify::Rejection;
use crate::ceremony::key;
use crate::files::{Mapped, Zkey};
use crate::verify::VerificationKey;

#[napi(object)]
pub struct NewKey {
    #[napi(js_name = "r1cs")]
    pub r1cs: String,
    pub powers_of_tau: String,
    pub out: String,
}

#[napi(object)]
pub struct VerifyKey {
    #[napi(js_name = "r1cs")]
    pub r1cs: String,
    pub powers_of_tau: String,
    pub key: String,
}

#[napi(object)]
pub struct ExportKey {
    pub key: String,
}

#[napi]
pub fn new_key<'env>(
    env: &'env Env,
    new: NewKey,
    stop: &Stop,
    tell: Tell,
) -> napi::Result<Promised<'env>> {
    step(env, stop, tell, move |cpu, progress| {
        let (r1cs, ptau) =
            (Mapped::open(new.r1cs.as_ref())?, Mapped::open(new.powers_of_tau.as_ref())?);
        key::new_key(cpu, &r1cs, &ptau, new.out.as_ref(), progress)?;
        Ok(Null)
    })
}

#[napi]
pub fn contribute_to_key<'env>(
    env: &'env Env,
    by: Contribute,
    stop: &Stop,
    tell: Tell,
) -> napi::Result<Promised<'env>> {
    step(env, stop, tell, move |cpu, progress| {
        let from = Mapped::open(by.from.as_ref())?;
        let hash = key::contribute(cpu, &from, by.out.as_ref(), &by.name, progress)?;
        Ok(NativeContribution::of(&by.name, None, hash))
    })
}

#[napi]
pub fn apply_beacon_to_key<'env>(
    env: &'env Env,
    by: ApplyBeacon,
    stop: &Stop,
    tell: Tell,
) -> napi::Result<Promised<'env>> {
    step(env, stop, tell, move |cpu, progress| {
        let beacon = by.beacon.read()?;
        let from = Mapped::open(by.from.as_ref())?;
        let out = by.out.as_ref();
        let hash = key::apply_beacon(cpu, &from, out, &by.name, beacon.clone(), progress)?;
        Ok(NativeContribution::of(&by.name, Some(beacon), hash))
    })
}

#[napi]
pub fn verify_key<'env>(
    env: &'env Env,
    of: VerifyKey,
    stop: &Stop,
    tell: Tell,
) -> napi::Result<Promised<'env>> {
    step(env, stop, tell, move |cpu, progress| -> crate::error::Result<Chain> {
        let r1cs = Mapped::open(of.r1cs.as_ref())?;
        let ptau = Mapped::open(of.powers_of_tau.as_ref())?;
        let key = Mapped::open(of.key.as_ref())?;
        Ok(chain(key::check(cpu, &r1cs, &ptau, &key, progress)?, None))
    })
}

/// The bytes of `VerificationKey::to_bytes`.
#[napi]
pub fn export_verification_key<'env>(
    env: &'env Env,
    of: ExportKey,
    stop: &Stop,
    tell: Tell,
) -> napi::Result<Promised<'env>> {
    step(env, stop, tell, move |_, _| {
        let bytes = Mapped::open(of.key.as_ref())?;
        Ok(match VerificationKey::from_zkey(&Zkey::parse(&bytes)?) {
            Ok(key) => Either::B(Uint8Array::from(key.to_bytes())),
            Err(rejection) => Either::A(Rejection::from(rejection)),
        })
    })
}
