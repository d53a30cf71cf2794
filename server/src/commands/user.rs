//! `waymark user`

use anyhow::{Context, bail};
use clap::Subcommand;
use domain::{OrganisationId, PersonId, Role};
use service::{availability, clock, sign_in};
use sha2::{Digest, Sha256};
use store::Store;
use store::entity::{api_client, organisation, person};
use uuid::Uuid;

use super::Done;
use crate::config::Config;
use crate::open;

/// People and systems that may sign in.
#[derive(Subcommand)]
pub enum User {
    /// List organisations, people and what can be booked. Example: waymark user list
    List,
    /// Add a person; prints a first password and the authenticator's secret.
    Add {
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: String,
        /// referrer, specialist, coordinator, quality or administrator; may be given several times.
        #[arg(long = "role", required = true)]
        roles: Vec<String>,
        /// Organisation [default: the oldest; made when there is none].
        #[arg(long)]
        organisation: Option<Uuid>,
        /// Say what would be done, and do nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Give a person a new first password and authenticator. Example: waymark user reset --email a@b.example
    Reset {
        #[arg(long)]
        email: String,
        #[arg(long)]
        dry_run: bool,
    },
    /// Make a bearer token with which another system may send FHIR. Example: waymark user token --name "EHR" --organisation 0199…
    Token {
        #[arg(long)]
        name: String,
        #[arg(long)]
        organisation: Uuid,
        #[arg(long)]
        dry_run: bool,
    },
}

impl User {
    pub async fn run(&self, config: &Config) -> anyhow::Result<Done> {
        let store = open::database(config).await?;
        match self {
            Self::List => list(&store).await?,
            Self::Add { email, name, roles, organisation, dry_run } => {
                let roles = roles
                    .iter()
                    .map(|code| {
                        Role::from_code(code)
                            .filter(|role| Role::STAFF.contains(role))
                            .with_context(|| format!("--role: {code} is not a role of staff"))
                    })
                    .collect::<anyhow::Result<Vec<_>>>()?;
                let email = email.trim().to_lowercase();
                if !email.contains('@') {
                    bail!("--email: {email} is not a mail address");
                }
                if store::people::by_email(store.reader(), &email).await?.is_some() {
                    bail!("--email: somebody signs in with this address already");
                }
                if *dry_run {
                    println!("{}", serde_json::json!({ "email": email, "roles": roles, "dry_run": true }));
                } else {
                    let row = add(&store, &email, name, &roles, *organisation).await?;
                    reset(config, store.clone(), row).await?;
                }
            }
            Self::Reset { email, dry_run } => {
                let row = store::people::by_email(store.reader(), &email.trim().to_lowercase())
                    .await?
                    .context("--email: nobody signs in with this address")?;
                if !dry_run {
                    reset(config, store.clone(), row).await?;
                }
            }
            Self::Token { name, organisation, dry_run } => {
                let organisation = OrganisationId(*organisation);
                if store::directory::organisation(store.reader(), organisation).await?.is_none() {
                    bail!("--organisation: no organisation has this id; `waymark user list` shows them");
                }
                if !dry_run {
                    token(&store, name, organisation).await?;
                }
            }
        }
        Ok(Done::Good)
    }
}

async fn list(store: &Store) -> anyhow::Result<()> {
    let db = store.reader();
    for organisation in store::directory::organisations(db).await? {
        println!("{}", serde_json::json!({ "organisation": organisation.id, "name": organisation.name }));
        for person in store::people::of_organisation(db, OrganisationId(organisation.id)).await? {
            let roles = store::people::roles(db, &person).await?;
            let resource =
                store::calendars::resource_of(db, OrganisationId(organisation.id), PersonId(person.id))
                    .await?;
            println!(
                "{}",
                serde_json::json!({
                    "person": person.id, "name": person.name, "email": person.email, "roles": roles,
                    "status": person.status, "resource": resource.map(|row| row.id),
                })
            );
        }
    }
    Ok(())
}

async fn add(
    store: &Store,
    email: &str,
    name: &str,
    roles: &[Role],
    organisation: Option<Uuid>,
) -> anyhow::Result<person::Model> {
    let now = clock::now();
    let fresh = || domain::v7(now.timestamp_millis(), rand::random());
    let tx = store.write_tx().await?;
    let found = match organisation {
        Some(id) => Some(
            store::directory::organisation(&*tx, OrganisationId(id))
                .await?
                .context("--organisation: no organisation has this id")?,
        ),
        None => store::directory::organisations(&*tx).await?.into_iter().next(),
    };
    let organisation = match found {
        Some(row) => row,
        None => {
            let row = organisation::Model {
                id: fresh(),
                name: "This organisation".to_owned(),
                phone: None,
                zone: "Europe/London".to_owned(),
                clocks: "{}".to_owned(),
                urgency_accepted_by: None,
                urgency_accepted_at: None,
                created_at: now.timestamp_millis(),
                escalate_to: None,
                privacy_contact: None,
                language: domain::language::PRODUCT.to_owned(),
                approve_many_above: domain::to_many::ONE_MAY_WRITE_TO,
            };
            store::directory::insert_organisation(&tx, row.clone()).await?;
            row
        }
    };
    let row = person::Model {
        organisation_id: organisation.id,
        id: fresh(),
        name: name.to_owned(),
        email: email.to_owned(),
        password_hash: None,
        totp_secret: None,
        totp_last_step: 0,
        status: "active".to_owned(),
        created_at: now.timestamp_millis(),
        valid_until: None,
        last_sign_in_at: None,
    };
    store::people::insert(&tx, row.clone()).await?;
    for role in roles {
        store::people::give_role(&tx, &row, role.code()).await?;
    }
    if roles.contains(&Role::Specialist) {
        let of = OrganisationId(row.organisation_id);
        let diary = availability::clinician(of, PersonId(row.id), name, now);
        store::calendars::insert_resource(&tx, diary).await?;
    }
    tx.commit().await?;
    Ok(row)
}

async fn reset(config: &Config, store: Store, row: person::Model) -> anyhow::Result<()> {
    let password = hex::encode(rand::random::<[u8; 9]>());
    let secret = rand::random::<[u8; 20]>().to_vec();
    let email = row.email.clone();
    let totp = sign_in::totp(secret.clone(), &email)?;
    let desk = open::desk(config, store)?;
    sign_in::set_credentials(&desk, row, &password, secret).await?;
    println!(
        "{}",
        serde_json::json!({ "email": email, "password": password, "authenticator": totp.get_url() })
    );
    Ok(())
}

async fn token(store: &Store, name: &str, organisation: OrganisationId) -> anyhow::Result<()> {
    let token = hex::encode(rand::random::<[u8; 24]>());
    let now = clock::now();
    let row = api_client::Model {
        organisation_id: organisation.0,
        id: domain::v7(now.timestamp_millis(), rand::random()),
        name: name.to_owned(),
        token_hash: hex::encode(Sha256::digest(token.as_bytes())),
        created_at: now.timestamp_millis(),
        revoked_at: None,
    };
    let tx = store.write_tx().await?;
    store::directory::insert_client(&tx, row).await?;
    tx.commit().await?;
    println!("{}", serde_json::json!({ "client": name, "token": token }));
    Ok(())
}
