//! Signing on at an identity provider: OpenID Connect Core 1.0, authorisation code with PKCE (RFC 7636), state and nonce, over
//! the guarded client.
//!
//! Nothing is kept between calls: the provider's description and keys are read for each sign-on, so that a key it has changed
//! is known at once.

use std::pin::Pin;

use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdTokenClaims, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AsyncHttpClient, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
};

use crate::http::{FetchError, GuardedClient, HttpConfig};

/// Largest answer of a provider that is read.
const MOST_BYTES: usize = 512 * 1024;
/// Signatures that are accepted: what providers use, none that needs a shared secret, and never "none".
const ALGORITHMS: [CoreJwsSigningAlgorithm; 3] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
];

/// Where people sign on.
#[derive(Debug, Clone)]
pub struct SignOnConfig {
    /// As the provider writes it itself.
    pub issuer: String,
    pub client: String,
    pub secret: String,
    /// Where the provider sends people back to.
    pub redirect: String,
    /// Values of `amr` (RFC 8176) or of `acr` that say that a second factor was asked for there.
    pub trusted: Vec<String>,
}

/// A sign-on that has begun: where the browser goes, and what must be kept for its return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    pub address: String,
    pub state: String,
    pub nonce: String,
    pub verifier: String,
}

/// Who somebody is, as the provider vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub issuer: String,
    pub subject: String,
    /// Only when the provider has verified it.
    pub email: Option<String>,
    /// A second factor was given there, by the site's own list of what to trust.
    pub has_second_factor: bool,
}

/// Why nobody is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignOnError {
    /// The provider cannot be reached, or is not what it says: for the operator's log.
    #[error("the provider: {0}")]
    Provider(String),
    /// What came back proves nothing: wrong signature, nonce, audience, too old, a code that was used.
    #[error("not proved: {0}")]
    NotProved(String),
}

/// A provider of identities.
#[derive(Debug, Clone)]
pub struct SignOn {
    cfg: SignOnConfig,
    http: Exchange,
}

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

impl SignOn {
    /// The provider of a configuration. Its own origin may be inside our network: the operator named it.
    ///
    /// # Errors
    /// When the HTTP client cannot be made, or the issuer is no address.
    pub fn new(cfg: SignOnConfig) -> Result<Self, FetchError> {
        let http = GuardedClient::new(HttpConfig {
            allowed_origins: vec![cfg.issuer.clone()],
            ..HttpConfig::default()
        })?;
        Ok(Self { cfg, http: Exchange(http) })
    }

    /// Begins a sign-on.
    ///
    /// # Errors
    /// [`SignOnError::Provider`] when the provider's description cannot be read.
    pub async fn send_off(&self) -> Result<Begun, SignOnError> {
        let client = self.client().await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (address, state, nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        Ok(Begun {
            address: address.to_string(),
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            verifier: verifier.secret().clone(),
        })
    }

    /// Redeems the code that came back. The caller has compared the state.
    ///
    /// # Errors
    /// See [`SignOnError`].
    pub async fn finish(&self, begun: &Begun, code: &str, now: DateTime<Utc>) -> Result<Known, SignOnError> {
        let client = self.client().await?;
        let token = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| SignOnError::Provider(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(begun.verifier.clone()))
            .request_async(&self.http)
            .await
            .map_err(|error| SignOnError::NotProved(format!("the code: {error}")))?;
        let not_proved = |error: &dyn std::fmt::Display| SignOnError::NotProved(error.to_string());
        let id_token = token.id_token().ok_or_else(|| not_proved(&"there is no ID token"))?;
        let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS).set_time_fn(move || now);
        let claims = id_token
            .claims(&verifier, &Nonce::new(begun.nonce.clone()))
            .map_err(|error| not_proved(&error))?;
        if let Some(expected) = claims.access_token_hash() {
            let algorithm = id_token.signing_alg().map_err(|error| not_proved(&error))?;
            let key = id_token.signing_key(&verifier).map_err(|error| not_proved(&error))?;
            let actual = AccessTokenHash::from_token(token.access_token(), algorithm, key)
                .map_err(|error| not_proved(&error))?;
            if actual != *expected {
                return Err(not_proved(&"the access token is another one's"));
            }
        }
        let own = claims.email().zip(claims.email_verified()).map(|(email, is)| (email.to_string(), is));
        let email = match own {
            Some(own) => Some(own),
            // Many providers tell the address only when asked for it.
            None => self.asked_email(&client, token.access_token(), claims).await?,
        };
        Ok(Known {
            issuer: self.cfg.issuer.clone(),
            subject: claims.subject().to_string(),
            email: email.filter(|(_, is_verified)| *is_verified).map(|(email, _)| email.to_lowercase()),
            has_second_factor: self.trusts(claims),
        })
    }

    fn trusts(&self, claims: &CoreIdTokenClaims) -> bool {
        let ways = claims.auth_method_refs().into_iter().flatten().map(|way| way.as_str());
        let class = claims.auth_context_ref().map(|class| class.as_str());
        ways.chain(class).any(|said| self.cfg.trusted.iter().any(|trusted| trusted == said))
    }

    async fn asked_email(
        &self,
        client: &Client,
        token: &AccessToken,
        claims: &CoreIdTokenClaims,
    ) -> Result<Option<(String, bool)>, SignOnError> {
        // A provider without this endpoint has told all it will.
        let Ok(request) = client.user_info(token.clone(), Some(claims.subject().clone())) else {
            return Ok(None);
        };
        let told: CoreUserInfoClaims = request
            .request_async(&self.http)
            .await
            .map_err(|error| SignOnError::NotProved(format!("the user's claims: {error}")))?;
        Ok(told.email().zip(told.email_verified()).map(|(email, is)| (email.to_string(), is)))
    }

    async fn client(&self) -> Result<Client, SignOnError> {
        let provider = |error: &dyn std::fmt::Display| SignOnError::Provider(error.to_string());
        let issuer = IssuerUrl::new(self.cfg.issuer.clone()).map_err(|error| provider(&error))?;
        let redirect = RedirectUrl::new(self.cfg.redirect.clone()).map_err(|error| provider(&error))?;
        let described = CoreProviderMetadata::discover_async(issuer, &self.http)
            .await
            .map_err(|error| provider(&chain(&error)))?;
        Ok(CoreClient::from_provider_metadata(
            described,
            ClientId::new(self.cfg.client.clone()),
            Some(ClientSecret::new(self.cfg.secret.clone())),
        )
        .set_redirect_uri(redirect))
    }
}

/// The guarded client, as the crate calls one.
#[derive(Debug, Clone)]
struct Exchange(GuardedClient);

impl<'c> AsyncHttpClient<'c> for Exchange {
    type Error = FetchError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, FetchError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.0.exchange(request, MOST_BYTES))
    }
}

/// An error with its causes; none of them names a person.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words.push_str(": ");
        words.push_str(&inner.to_string());
        cause = inner.source();
    }
    words
}
