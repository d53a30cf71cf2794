//! The configuration taken in: checked whole, written whole or not at all.

use std::collections::BTreeMap;

use contract::{ConfigChange, ConfigProblem, ConfigReport, FieldError, PersonInput};
use domain::{OrganisationId, PersonId, Role};
use uuid::Uuid;

use super::configures;
use super::document::{ConfigDocument, Message, Organisation, Person, Reason, Service, Site, Team};
use crate::admin::rules::Rules;
use crate::admin::{clocks, organisation, people, services, sites, teams, terms};
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, ids};

/// Whether it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Everything is done as it would be, and taken back.
    DryRun,
    Write,
}

/// Takes a document in. Everything happens in one transaction: with a problem, or in a dry run, none of it happened.
/// Each change leaves a line of history. Administrators for their own organisation, or the command line.
pub async fn load_config(
    desk: &Desk,
    call: &Call,
    wanted: Option<OrganisationId>,
    document: &ConfigDocument,
    mode: Mode,
) -> Result<ConfigReport, ServiceError> {
    let organisation = configures(call, wanted)?;
    let unit = match Unit::begin(desk, call, "load-config", document).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut load = Load { unit, organisation, problems: Vec::new() };
    load.twice(document);
    for (at, person) in document.people.iter().enumerate() {
        load.person(at, person).await?;
    }
    for (at, site) in document.sites.iter().enumerate() {
        load.site(at, site).await?;
    }
    for (at, team) in document.teams.iter().enumerate() {
        load.team(at, team, document).await?;
    }
    if let Some(own) = &document.organisation {
        load.organisation(own, document).await?;
    }
    for (at, service) in document.services.iter().enumerate() {
        load.service(at, service, document).await?;
    }
    for (at, reason) in document.reasons.iter().enumerate() {
        load.reason(at, reason).await?;
    }
    for (at, reply) in document.replies.iter().enumerate() {
        load.reply(at, reply).await?;
    }
    load.messages(&document.messages).await?;
    let report = ConfigReport { changes: load.changes().await?, problems: load.problems };
    match mode {
        Mode::Write if report.problems.is_empty() => load.unit.finish(report).await,
        // Dropped, the transaction takes everything back.
        _ => Ok(report),
    }
}

pub(super) struct Load<'a> {
    pub(super) unit: Unit<'a>,
    pub(super) organisation: OrganisationId,
    problems: Vec<ConfigProblem>,
}

impl Load<'_> {
    pub(super) fn refuse(&mut self, path: String, remedy: impl Into<String>) {
        self.problems.push(ConfigProblem { path, remedy: remedy.into() });
    }

    pub(super) fn refuse_all(&mut self, path: &str, wrong: Vec<FieldError>) {
        for error in wrong {
            let field = error.field.replacen("clock-", "clocks.", 1);
            self.refuse(format!("{path}.{field}"), error.message);
        }
    }

    /// The same name twice in one list.
    fn twice(&mut self, document: &ConfigDocument) {
        let reason =
            |reason: &Reason| format!("{} {}", reason.act, reason.code.as_deref().unwrap_or(&reason.label));
        let message = |message: &Message| {
            let tag = message.language.as_deref().unwrap_or(domain::language::PRODUCT);
            format!("{} {}", message.code, domain::language::written(tag))
        };
        let lists: [(&str, &str, Vec<String>); 7] = [
            ("people", "email", document.people.iter().map(|person| person.email.clone()).collect()),
            ("sites", "name", document.sites.iter().map(|site| site.name.clone()).collect()),
            ("teams", "name", document.teams.iter().map(|team| team.name.clone()).collect()),
            ("services", "name", document.services.iter().map(|service| service.name.clone()).collect()),
            ("reasons", "code", document.reasons.iter().map(reason).collect()),
            ("messages", "code", document.messages.iter().map(message).collect()),
            ("replies", "title", document.replies.iter().map(|reply| reply.title.clone()).collect()),
        ];
        for (list, key, names) in lists {
            let mut seen = std::collections::BTreeSet::new();
            for (at, name) in names.iter().enumerate() {
                if !seen.insert(name.trim().to_lowercase()) {
                    self.refuse(format!("{list}[{at}].{key}"), "It is there twice. Leave one out.");
                }
            }
        }
    }

    /// The lines of history that this document wrote.
    async fn changes(&self) -> Result<Vec<ConfigChange>, ServiceError> {
        let (at, actor) = (self.unit.call.now.timestamp_millis(), self.unit.call.actor.key());
        let rows = store::directory::changes(&*self.unit.tx, self.organisation, None, 10_000).await?;
        let mut own: Vec<_> = rows.into_iter().filter(|row| row.at == at && row.actor == actor).collect();
        own.sort_by(|one, other| {
            (&one.entity, &one.entity_name, &one.field).cmp(&(
                &other.entity,
                &other.entity_name,
                &other.field,
            ))
        });
        // The history keeps ids; whoever looks at a preview reads names.
        let people = store::people::of_organisation(&*self.unit.tx, self.organisation).await?;
        let sites = store::directory::sites_of(&*self.unit.tx, self.organisation).await?;
        let mut names: BTreeMap<String, String> =
            people.into_iter().map(|row| (row.id.to_string(), row.name)).collect();
        names.extend(sites.into_iter().map(|row| (row.id.to_string(), row.name)));
        let said = |text: String| names.get(&text).cloned().unwrap_or(text);
        Ok(own
            .into_iter()
            .map(|row| ConfigChange {
                entity: row.entity,
                name: row.entity_name,
                field: row.field,
                before: said(row.before),
                after: said(row.after),
            })
            .collect())
    }

    async fn person(&mut self, at: usize, person: &Person) -> Result<(), ServiceError> {
        let path = format!("people[{at}]");
        let email = person.email.trim().to_lowercase();
        let codes: Vec<&str> = person.roles.iter().map(|role| role.code()).collect();
        let Some(mut row) = store::people::by_email(&*self.unit.tx, &email).await? else {
            let input = PersonInput { name: person.name.clone(), email, roles: codes.join(",") };
            return match people::add(&mut self.unit, self.organisation, &input).await? {
                Ok(row) => self.last_days(&path, person, row).await,
                Err(wrong) => {
                    self.refuse_all(&path, wrong);
                    Ok(())
                }
            };
        };
        if row.organisation_id != self.organisation.0 {
            self.refuse(format!("{path}.email"), "Somebody signs in with this address already.");
            return Ok(());
        }
        let roles = match people::roles_of(&codes.join(",")) {
            Ok(roles) => roles,
            Err(error) => {
                self.refuse(format!("{path}.roles"), error.message);
                return Ok(());
            }
        };
        let is_self = self.unit.call.actor.key() == format!("staff:{}", PersonId(row.id));
        if is_self && !roles.contains(&Role::Administrator) {
            let remedy = "You cannot take the administrator’s role from yourself. Ask another administrator.";
            self.refuse(format!("{path}.roles"), remedy);
            return Ok(());
        }
        let name = person.name.trim();
        if name.is_empty() || name.chars().count() > 120 {
            let remedy = "Write their name as patients read it, up to 120 characters.";
            self.refuse(format!("{path}.name"), remedy);
            return Ok(());
        }
        let mut held = store::people::roles(&*self.unit.tx, &row).await?;
        held.retain(|code| Role::from_code(code).is_some_and(|role| Role::STAFF.contains(&role)));
        let mut wanted: Vec<String> = roles.iter().map(|role| role.code().to_owned()).collect();
        held.sort_unstable();
        wanted.sort_unstable();
        if held != wanted {
            people::write_roles(&mut self.unit, &row, &roles).await?;
        }
        if row.name != name {
            people::rename(&mut self.unit, row.clone(), name).await?;
            name.clone_into(&mut row.name);
        }
        self.last_days(&path, person, row).await
    }

    async fn last_days(
        &mut self,
        path: &str,
        person: &Person,
        row: store::entity::person::Model,
    ) -> Result<(), ServiceError> {
        for held in store::people::held(&*self.unit.tx, &row).await? {
            let (Some(days), Some(role)) = (&person.role_last_days, Role::from_code(&held.role)) else {
                continue;
            };
            let day = days.get(&role).map_or("", |day| day.trim());
            if day == held.valid_until.as_deref().unwrap_or_default() {
                continue;
            }
            let written = terms::write_role_last_day(&mut self.unit, &row, &held.role, day).await?;
            if let Err(error) = written {
                self.refuse(format!("{path}.role_last_days.{role}"), error.message);
            }
        }
        let Some(day) = person.last_day.as_deref().map(str::trim) else {
            return Ok(());
        };
        if day == row.valid_until.as_deref().unwrap_or_default() {
            return Ok(());
        }
        if let Err(error) = terms::write_last_day(&mut self.unit, row, day).await? {
            self.refuse(format!("{path}.last_day"), error.message);
        }
        Ok(())
    }

    async fn site(&mut self, at: usize, site: &Site) -> Result<(), ServiceError> {
        let known = store::directory::sites_of(&*self.unit.tx, self.organisation).await?;
        let before = known.iter().find(|row| same(&row.name, &site.name));
        let own = store::directory::organisation(&*self.unit.tx, self.organisation).await?;
        let mut input = before.map_or_else(contract::SiteInput::default, sites::input_of);
        input.name = site.name.clone();
        set(&mut input.address, site.address.as_ref());
        set(&mut input.phone, site.phone.as_ref());
        set(&mut input.map_url, site.map_url.as_ref());
        let step_free = site.step_free.map(|yes| if yes { "1".to_owned() } else { String::new() });
        set(&mut input.step_free, step_free.as_ref());
        set(&mut input.zone, site.zone.as_ref());
        if input.zone.is_empty() {
            input.zone = own.map_or(String::new(), |own| own.zone);
        }
        set(&mut input.latitude, site.latitude.map(|degrees| degrees.to_string()).as_ref());
        set(&mut input.longitude, site.longitude.map(|degrees| degrees.to_string()).as_ref());
        match sites::build(self.organisation, before, &input, &known, ids::fresh(self.unit.call.now)) {
            Err(wrong) => self.refuse_all(&format!("sites[{at}]"), wrong),
            Ok(row) if before == Some(&row) => {}
            Ok(row) => sites::write(&mut self.unit, before, &row).await?,
        }
        Ok(())
    }

    async fn team(&mut self, at: usize, team: &Team, document: &ConfigDocument) -> Result<(), ServiceError> {
        let path = format!("teams[{at}]");
        let name = team.name.trim();
        let before = store::teams::named(&*self.unit.tx, self.organisation, name).await?;
        if let Some(error) = teams::wrong_name(&self.unit, self.organisation, before.as_ref(), name).await? {
            self.refuse(format!("{path}.name"), error.message);
            return Ok(());
        }
        let id = before.as_ref().map_or_else(|| ids::fresh(self.unit.call.now), |row| row.id);
        let held = teams::members_of(&*self.unit.tx, self.organisation, id).await?;
        let members = match &team.members {
            None => held.clone(),
            Some(emails) => {
                let mut members = Vec::new();
                for (place, email) in emails.iter().enumerate() {
                    let found = self.colleague(email, &format!("{path}.members[{place}]"), document).await?;
                    members.extend(found.map(PersonId));
                }
                members.sort_unstable_by_key(|person| person.0);
                members.dedup();
                members
            }
        };
        let phone = match &team.phone {
            None => before.as_ref().and_then(|row| row.phone.clone()),
            Some(phone) => Some(phone.trim().to_owned()).filter(|phone| !phone.is_empty()),
        };
        let row = store::entity::team::Model {
            organisation_id: self.organisation.0,
            id,
            name: name.to_owned(),
            phone,
        };
        if before.as_ref() != Some(&row) || held != members {
            teams::write(&mut self.unit, before.as_ref(), &row, &members).await?;
        }
        Ok(())
    }

    async fn organisation(
        &mut self,
        own: &Organisation,
        document: &ConfigDocument,
    ) -> Result<(), ServiceError> {
        let before = store::directory::organisation(&*self.unit.tx, self.organisation)
            .await?
            .ok_or(ServiceError::NotFound)?;
        let mut input = organisation::input_of(&before);
        set(&mut input.name, own.name.as_ref());
        set(&mut input.phone, own.phone.as_ref());
        set(&mut input.zone, own.zone.as_ref());
        set(&mut input.language, own.language.as_ref());
        set(&mut input.approve_many_above, own.approve_many_above.map(|above| above.to_string()).as_ref());
        if let Some(holidays) = &own.holidays {
            input.holidays = holidays.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        }
        if let Some(email) = &own.escalate_to {
            let found = self.colleague(email, "organisation.escalate_to", document).await?;
            input.escalate_to = found.map_or(String::new(), |id| PersonId(id).to_string());
        }
        if let Some(email) = &own.privacy_contact {
            let found = self.colleague(email, "organisation.privacy_contact", document).await?;
            input.privacy_contact = found.map_or(String::new(), |id| PersonId(id).to_string());
        }
        let durations = durations(own.clocks.as_ref(), &before.clocks);
        match organisation::build(&self.unit, &before, &input, &durations).await? {
            Err(wrong) => self.refuse_all("organisation", wrong),
            Ok(row) if is_changed(&organisation::differences(&before, &row)) => {
                organisation::write(&mut self.unit, &before, &row).await?;
            }
            Ok(_) => {}
        }
        Ok(())
    }

    async fn service(
        &mut self,
        at: usize,
        service: &Service,
        document: &ConfigDocument,
    ) -> Result<(), ServiceError> {
        let path = format!("services[{at}]");
        let known = store::directory::services_of(&*self.unit.tx, self.organisation).await?;
        let mut named = known.into_iter().filter(|row| same(&row.name, &service.name));
        let before = named.next();
        if named.next().is_some() {
            let remedy =
                "Two services have this name, so it is not clear which is meant. Rename one of them first.";
            self.refuse(format!("{path}.name"), remedy);
            return Ok(());
        }
        let mut input = before.as_ref().map_or_else(services::fresh, services::input_of);
        input.name = service.name.clone();
        set(&mut input.team, service.team.as_ref());
        set(&mut input.phone, service.phone.as_ref());
        set(&mut input.specialty_code, service.specialty_code.as_ref());
        set(&mut input.specialty, service.specialty.as_ref());
        set(&mut input.keywords, service.keywords.as_ref());
        set(&mut input.patient_note, service.patient_note.as_ref());
        set(&mut input.visit_min, service.visit_min.map(|min| min.to_string()).as_ref());
        if let Some(active) = service.active {
            input.active = if active { "1".to_owned() } else { String::new() };
        }
        if let Some(site) = &service.site {
            input.site = self.site_named(site, &format!("{path}.site"), document).await?;
        }
        if let Some(email) = &service.escalate_to {
            let found = self.colleague(email, &format!("{path}.escalate_to"), document).await?;
            input.escalate_to = found.map_or(String::new(), |id| PersonId(id).to_string());
        }
        let stored = before.as_ref().map_or("", |row| &row.clocks);
        let durations = durations(service.clocks.as_ref(), stored);
        let built =
            services::build(&self.unit, self.organisation, before.as_ref(), &input, &durations).await?;
        let mut row = match built {
            Ok(row) => row,
            Err(wrong) => {
                self.refuse_all(&path, wrong);
                return Ok(());
            }
        };
        let old = Rules::of(&row);
        let rules = Rules {
            form: service.questions.clone().unwrap_or(old.form),
            criteria: service.criteria.clone().unwrap_or(old.criteria),
            documents: service.documents.clone().unwrap_or(old.documents),
            priorities: service.priorities.clone().unwrap_or(old.priorities),
            reminders: service.reminders.clone().unwrap_or(old.reminders),
        };
        let problems = rules.problems();
        if !problems.is_empty() {
            for problem in problems {
                self.refuse(format!("{path}.{}", problem.path), problem.remedy);
            }
            return Ok(());
        }
        rules.write_into(&mut row)?;
        let is_new = before.is_none();
        if is_new || is_changed(&services::differences(before.as_ref(), &row)) {
            services::write(&mut self.unit, before.as_ref(), row).await?;
        }
        Ok(())
    }

    /// The id of the site of this name, as a form sends it; empty is none. One that the document makes and that could not be
    /// made has been named already.
    async fn site_named(
        &mut self,
        name: &str,
        path: &str,
        document: &ConfigDocument,
    ) -> Result<String, ServiceError> {
        if name.trim().is_empty() {
            return Ok(String::new());
        }
        let known = store::directory::sites_of(&*self.unit.tx, self.organisation).await?;
        let found = known.into_iter().find(|row| same(&row.name, name)).map(|row| row.id.to_string());
        if found.is_none() && !document.sites.iter().any(|site| same(&site.name, name)) {
            self.refuse(
                path.to_owned(),
                format!("No site is called “{name}”. Add it under sites, or correct the name."),
            );
        }
        Ok(found.unwrap_or_default())
    }

    /// The colleague with this mail address; empty is nobody.
    async fn colleague(
        &mut self,
        email: &str,
        path: &str,
        document: &ConfigDocument,
    ) -> Result<Option<Uuid>, ServiceError> {
        let email = email.trim().to_lowercase();
        if email.is_empty() {
            return Ok(None);
        }
        let found = store::people::by_email(&*self.unit.tx, &email).await?;
        let found = found.filter(|row| row.organisation_id == self.organisation.0).map(|row| row.id);
        if found.is_none()
            && !document.people.iter().any(|person| person.email.trim().to_lowercase() == email)
        {
            let remedy =
                format!("Nobody here has the address {email}. Add them under people, or correct it.");
            self.refuse(path.to_owned(), remedy);
        }
        Ok(found)
    }
}

pub(super) fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

pub(super) fn set(field: &mut String, given: Option<&String>) {
    if let Some(given) = given {
        field.clone_from(given);
    }
}

/// Clocks as a form would send them: those of the document, else those that are stored.
fn durations(given: Option<&BTreeMap<String, u32>>, stored: &str) -> Vec<(String, String)> {
    match given {
        Some(given) => given.iter().map(|(name, days)| (name.clone(), days.to_string())).collect(),
        None => clocks::pairs(stored),
    }
}

fn is_changed(fields: &[(String, String, String)]) -> bool {
    fields.iter().any(|(_, before, after)| before != after)
}
