//! The steps of a ceremony through the door: each maps the files it reads, works in rayon's pool of all processors, and
//! tells how far it is.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use napi::bindgen_prelude::{Either, ToNapiValue, Uint8Array};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Status};
use napi_derive::napi;

use super::stop::Stop;
use super::task::{Promised, promised};
use super::verify::Rejection;
use crate::cancel::Cancel;
use crate::ceremony::Progress;
use crate::ceremony::blake2b::Digest;
use crate::ceremony::transcript::{self, Beacon, Origin};
use crate::cpu::Cpu;
use crate::error::{Error, Result};
use crate::verify;

/// Where a step stands.
#[napi(object)]
pub struct Standing {
    pub line: String,
    /// 0 to 1.
    pub done: f64,
}

pub type Tell = ThreadsafeFunction<Standing, (), Standing, Status, false>;

/// Between two words about one thing: a person reads no faster, and each costs a turn of Node's loop.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// Whoever waits for a step: listens, and may have had enough.
struct Waiting {
    stop: Cancel,
    tell: Tell,
    last: Mutex<Option<(Instant, String)>>,
}

impl Progress for Waiting {
    fn report(&self, done: f64, line: &str) {
        let mut last = self.last.lock().expect("nobody panics while telling");
        let is_due = |(at, of): &(Instant, String)| of != line || at.elapsed() >= TELL_EVERY;
        if last.as_ref().is_none_or(is_due) {
            *last = Some((Instant::now(), line.to_owned()));
            let standing = Standing { line: line.to_owned(), done };
            self.tell.call(standing, ThreadsafeFunctionCallMode::NonBlocking);
        }
    }

    fn is_cancelled(&self) -> bool {
        self.stop.is_cancelled()
    }
}

/// One step, on a thread of its own.
pub fn step<'env, T, W>(
    env: &'env Env,
    stop: &Stop,
    tell: Tell,
    work: W,
) -> napi::Result<Promised<'env>>
where
    T: ToNapiValue + Send + 'static,
    W: FnOnce(Cpu, &dyn Progress) -> Result<T> + Send + 'static,
{
    let waiting = Waiting { stop: stop.cancel(), tell, last: Mutex::new(None) };
    promised(env, move || work(Cpu::from_environment()?, &waiting))
}

#[napi(object)]
pub struct Contribute {
    pub from: String,
    pub out: String,
    pub name: String,
}

#[napi(object)]
pub struct ApplyBeacon {
    pub from: String,
    pub out: String,
    pub name: String,
    pub beacon: NativeBeacon,
}

#[napi(object)]
pub struct NativeBeacon {
    pub hash: Uint8Array,
    pub iterations_exp: u32,
}

impl NativeBeacon {
    /// # Errors
    /// `MALFORMED_BEACON`.
    pub fn read(self) -> Result<Beacon> {
        let exp = u8::try_from(self.iterations_exp).ok();
        exp.and_then(|exp| Beacon::new(self.hash.to_vec(), exp)).ok_or_else(|| {
            let (bytes, exp) = (self.hash.len(), self.iterations_exp);
            Error::new(
                "MALFORMED_BEACON",
                format!("a beacon of {bytes} bytes, hashed 2^{exp} times"),
                "Give 1 to 255 bytes and an exponent from 10 to 63.",
            )
        })
    }
}

/// Who took part, as the file tells.
#[napi(object)]
pub struct NativeContribution {
    pub name: String,
    /// What the participant publishes.
    pub hash: Uint8Array,
    pub beacon: Option<NativeBeacon>,
}

impl From<transcript::Contribution> for NativeContribution {
    fn from(transcript::Contribution { origin, hash }: transcript::Contribution) -> Self {
        Self {
            name: origin.name().to_owned(),
            hash: Uint8Array::from(hash.to_vec()),
            beacon: origin.beacon().map(|beacon| NativeBeacon {
                hash: Uint8Array::from(beacon.hash().to_vec()),
                iterations_exp: beacon.iterations_exp().into(),
            }),
        }
    }
}

impl NativeContribution {
    /// As the file that was just written tells it.
    pub fn of(name: &str, beacon: Option<Beacon>, hash: Digest) -> Self {
        transcript::Contribution { origin: Origin::new(name, beacon), hash }.into()
    }
}

#[napi(object)]
pub struct Contributions {
    pub contributions: Vec<NativeContribution>,
    /// The name under which everybody knows these bytes.
    pub published: Option<String>,
}

/// Why a chain was refused, or who is in it.
pub type Chain = Either<Rejection, Contributions>;

pub fn chain(answer: Answer, published: Option<&str>) -> Chain {
    match answer {
        Ok(chain) => Either::B(Contributions {
            contributions: chain.into_iter().map(NativeContribution::from).collect(),
            published: published.map(str::to_owned),
        }),
        Err(rejection) => Either::A(rejection.into()),
    }
}

type Answer = std::result::Result<Vec<transcript::Contribution>, verify::Rejection>;
