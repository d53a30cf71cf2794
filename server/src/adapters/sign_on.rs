//! The identity provider.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use connect::sign_on::{Begun, SignOnError};
use service::ports::{SignOn, SignOnBegun, SignOnFault, SignOnKnown};

/// The provider of `connect`, under the name that staff know.
pub struct Elsewhere {
    pub name: String,
    pub issuer: String,
    pub provider: connect::sign_on::SignOn,
}

#[async_trait]
impl SignOn for Elsewhere {
    fn name(&self) -> &str {
        &self.name
    }

    async fn send_off(&self) -> Result<SignOnBegun, SignOnFault> {
        let Begun { address, state, nonce, verifier } = self.provider.send_off().await.map_err(fault)?;
        Ok(SignOnBegun { address, issuer: self.issuer.clone(), state, nonce, verifier })
    }

    async fn finish(
        &self,
        begun: &SignOnBegun,
        code: &str,
        now: DateTime<Utc>,
    ) -> Result<SignOnKnown, SignOnFault> {
        let begun = Begun {
            address: begun.address.clone(),
            state: begun.state.clone(),
            nonce: begun.nonce.clone(),
            verifier: begun.verifier.clone(),
        };
        let known = self.provider.finish(&begun, code, now).await.map_err(fault)?;
        Ok(SignOnKnown {
            issuer: known.issuer,
            subject: known.subject,
            email: known.email,
            has_second_factor: known.has_second_factor,
        })
    }
}

fn fault(error: SignOnError) -> SignOnFault {
    match error {
        SignOnError::Provider(cause) => SignOnFault::Away(cause),
        SignOnError::NotProved(cause) => SignOnFault::NotProved(cause),
    }
}
