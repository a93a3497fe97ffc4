//! One request, one thread, one promise.
//!
//! Not libuv's pool: it has four threads for all of Node, and a proof that holds one for a second holds up every file
//! that is opened and every name that is looked up. A thread costs some 30 µs to start, a proof takes milliseconds.
//! How many run at once is for the caller to decide (proof/native/engine.ts keeps a queue).

use std::thread::Builder;

use napi::bindgen_prelude::{Either, Object, ToNapiValue};
use napi::{Env, Error as DoorError};
use napi_derive::napi;

use crate::error::{Error, Result, guarded};

/// What went wrong, in the shape of every error of Assay.
#[napi(object)]
pub struct Failure {
    /// Told from a value by this name.
    pub failed: Fault,
}

#[napi(object)]
pub struct Fault {
    pub code: String,
    pub message: String,
    pub hint: String,
}

impl From<Error> for Fault {
    fn from(Error { code, message, hint }: Error) -> Self {
        Self { code: code.to_owned(), message, hint: hint.into_owned() }
    }
}

pub type Outcome<T> = Either<Failure, T>;

pub fn settled<T>(result: Result<T>) -> Outcome<T> {
    match result {
        Ok(value) => Either::B(value),
        Err(error) => Either::A(Failure { failed: error.into() }),
    }
}

/// A promise of JavaScript.
pub type Promised<'env> = Object<'env>;

/// A promise of what `work` returns. It is kept on every path but one: a thread that cannot be started is an exception.
pub fn promised<'env, T, W>(env: &'env Env, work: W) -> napi::Result<Promised<'env>>
where
    T: ToNapiValue + Send + 'static,
    W: FnOnce() -> Result<T> + Send + 'static,
{
    let (deferred, promise) = env.create_deferred()?;
    Builder::new()
        .name("assay-native".to_owned())
        .spawn(move || {
            let result = guarded(work);
            deferred.resolve(move |_| Ok(settled(result)));
        })
        .map_err(|error| DoorError::from_reason(format!("no thread could be started: {error}")))?;
    Ok(promise)
}
