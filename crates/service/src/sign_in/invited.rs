//! A colleague who was invited, or reset, sets a password and connects an authenticator.

use chrono::{DateTime, Utc};
use contract::{CredentialsInput, FieldError};
use domain::standing::Standing;
use domain::{OrganisationId, PersonId, Principal};
use serde::{Deserialize, Serialize};
use store::entity::{invitation, person};

use super::limits::{ADDRESS, count};
use super::second_factor;
use super::staff::{admit, hash_password, matching_step, standing_of, totp};
use crate::{Desk, ServiceError, ids};

/// Shortest password, in characters (NIST SP 800-63B asks for 8 with a second factor, ASVS 5.0 V6.2.9 advises 12).
const SHORTEST: usize = 12;
/// Longest password: more only costs time.
const LONGEST: usize = 200;

/// Who was invited, as the page greets them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    pub name: String,
    pub email: String,
    pub organisation: String,
}

/// A password that was chosen and the authenticator's secret that goes with it; kept on the server between two pages.
#[derive(Clone, Serialize, Deserialize)]
pub struct HalfSet {
    token_hash: String,
    password_hash: String,
    secret: Vec<u8>,
}

impl HalfSet {
    /// What the authenticator app reads: an `otpauth://` address (the Key Uri Format), and its secret in base32.
    ///
    /// Errors: `Broken` when the secret cannot be used.
    pub fn authenticator(&self, invited: &Invited) -> Result<(String, String), ServiceError> {
        let totp = totp(self.secret.clone(), &invited.email)?;
        Ok((totp.get_url(), totp.get_secret_base32()))
    }
}

/// Who a link's token invites. Not found when it was used, is too old or never was.
pub async fn invited(desk: &Desk, now: DateTime<Utc>, token: &str) -> Result<Invited, ServiceError> {
    let (_, person) = open_invitation(desk, now, &ids::hashed(token)).await?;
    let db = desk.store.reader();
    let organisation = store::directory::organisation(db, OrganisationId(person.organisation_id)).await?;
    Ok(Invited {
        name: person.name,
        email: person.email,
        organisation: organisation.map_or(String::new(), |row| row.name),
    })
}

async fn open_invitation(
    desk: &Desk,
    now: DateTime<Utc>,
    token_hash: &str,
) -> Result<(invitation::Model, person::Model), ServiceError> {
    let db = desk.store.reader();
    let found = store::people::invitation(db, token_hash).await?;
    let row = found
        .filter(|row| row.used_at.is_none() && row.expires_at > now.timestamp_millis())
        .ok_or(ServiceError::NotFound)?;
    let person =
        store::people::find(db, OrganisationId(row.organisation_id), PersonId(row.person_id)).await?;
    let person = person.ok_or(ServiceError::NotFound)?;
    match standing_of(db, &person, now).await? {
        Standing::Active => Ok((row, person)),
        Standing::Suspended | Standing::Ended => Err(ServiceError::NotFound),
    }
}

/// The first half: a password, typed twice. Attempts are counted by address.
pub async fn choose_password(
    desk: &Desk,
    now: DateTime<Utc>,
    token: &str,
    input: &CredentialsInput,
    address: &str,
) -> Result<HalfSet, ServiceError> {
    count(desk, ADDRESS, address, now).await?;
    let invited = invited(desk, now, token).await?;
    let mut wrong = Vec::new();
    if let Some(remedy) = weakness(&input.password, &invited) {
        wrong.push(FieldError::new("password", remedy));
    } else if input.password != input.again {
        wrong.push(FieldError::new("again", "The two are not the same. Type the password again."));
    }
    if !wrong.is_empty() {
        return Err(ServiceError::Invalid(wrong));
    }
    Ok(HalfSet {
        token_hash: ids::hashed(token),
        password_hash: hash_password(&input.password).await?,
        secret: ids::secret(),
    })
}

fn weakness(password: &str, invited: &Invited) -> Option<String> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Some(format!(
            "Use at least {SHORTEST} characters. Four words that do not belong together are easy to keep."
        ));
    }
    if length > LONGEST {
        return Some(format!("Use at most {LONGEST} characters."));
    }
    let lowered = password.to_lowercase();
    let mut letters: Vec<char> = lowered.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    let own = [invited.email.split('@').next().unwrap_or_default(), "waymark", "password"];
    let is_named = own.iter().any(|word| word.len() > 3 && lowered.contains(&word.to_lowercase()));
    (letters.len() < 5 || is_named)
        .then(|| "This is easy to guess. Leave out your name, “password” and repetitions.".to_owned())
}

/// A colleague who has a way in now.
pub struct Connected {
    pub principal: Principal,
    /// Fresh recovery codes, to be shown once.
    pub recovery_codes: Vec<String>,
}

/// The second half: the code that the authenticator shows. Then the way in is set, and the invitation used up.
pub async fn connect_authenticator(
    desk: &Desk,
    now: DateTime<Utc>,
    half: &HalfSet,
    code: &str,
    address: &str,
) -> Result<Connected, ServiceError> {
    count(desk, ADDRESS, address, now).await?;
    let (invitation, person) = open_invitation(desk, now, &half.token_hash).await?;
    let generator = totp(half.secret.clone(), &person.email)?;
    let step = matching_step(&generator, now, code).ok_or_else(|| {
        ServiceError::invalid("code", "This code is not right. Wait for the next one and type that.")
    })?;
    let tx = desk.store.write_tx().await?;
    if !store::people::use_invitation(&tx, &invitation, now.timestamp_millis()).await? {
        return Err(ServiceError::NotFound);
    }
    let row = person::Model {
        password_hash: Some(half.password_hash.clone()),
        totp_secret: Some(half.secret.clone()),
        totp_last_step: step,
        ..person
    };
    store::people::update(&tx, row.clone()).await?;
    let staff = super::Staff::of(&row);
    let recovery_codes = second_factor::put_recovery_codes(&tx, &staff, now).await?;
    let principal = admit(tx, now, &staff, "set-credentials").await?.ok_or(ServiceError::NotFound)?;
    Ok(Connected { principal, recovery_codes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_is_easy_to_guess_is_refused_with_a_remedy() {
        let invited = Invited {
            name: "Amara Osei".into(),
            email: "amara.osei@alder.example".into(),
            organisation: String::new(),
        };
        for bad in ["short", "aaaaaaaaaaaaaaaa", "amara.osei-2026", "MyPassword12345", &"x1y2z".repeat(50)] {
            assert!(weakness(bad, &invited).is_some(), "{bad}");
        }
        assert_eq!(weakness("orange ladder seven rivers", &invited), None);
    }
}
