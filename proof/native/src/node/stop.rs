//! How a script takes back what it asked for.

use napi_derive::napi;

use crate::cancel::Cancel;

/// Raised once; what runs looks at it between two stages.
#[napi]
#[derive(Default)]
pub struct Stop(Cancel);

impl Stop {
    pub fn cancel(&self) -> Cancel {
        self.0.clone()
    }
}

#[napi]
impl Stop {
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    #[napi]
    pub fn raise(&self) {
        self.0.cancel();
    }
}
