//! A message sent to whoever tries it out.

use contract::TestInput;
use domain::delivery::Channel;
use domain::language;
use domain::template::Part;

use super::super::administrator;
use super::versions::person_of;
use super::{Samples, asked, which};
use crate::audit::Touched;
use crate::outbox::{Letter, When};
use crate::own_words::{id_of, texts_of};
use crate::ports::MessageFacts;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, ids};

/// Between two tests of one person, in ms.
const PAUSE: i64 = 60_000;

/// Sends the newest words, draft or not, with example data: to one's own mail or to a number that is typed. It says that it
/// is a test. Administrators, once a minute.
///
/// Errors: `Invalid` for a number that cannot be read, a message that is no text message, or a second test within a minute.
pub async fn send_test(
    desk: &Desk,
    call: &Call,
    code: &str,
    tag: Option<&str>,
    input: &TestInput,
) -> Result<(), ServiceError> {
    let organisation = administrator(call)?;
    let person = person_of(call).ok_or(ServiceError::NotAllowed)?;
    let mut unit = match Unit::begin(desk, call, "test-template", &(code, tag, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let (template, tag) = asked(&*unit.tx, organisation, code, tag).await?;
    let row = store::people::find(&*unit.tx, organisation, person).await?.ok_or(ServiceError::NotFound)?;
    let design = desk.ports.words.design(template);
    let (channel, address) = match input.way.as_str() {
        "sms" if design.texts.get(Part::Sms).is_empty() => {
            return Err(ServiceError::invalid(
                "way",
                "This message is never a text message. Choose the mail.",
            ));
        }
        "sms" => (Channel::Sms, number(desk, &input.number)?),
        "mail" => (Channel::Email, row.email),
        _ => return Err(ServiceError::invalid("way", "Choose whether it goes to your mail or to a number.")),
    };
    pause(&unit, &person.to_string()).await?;
    let newest = store::words::newest(&*unit.tx, which(organisation, template, &tag)).await?;
    if !language::is_product(&tag) && newest.as_ref().is_none_or(|row| texts_of(row).is_empty()) {
        return Err(ServiceError::invalid(
            "way",
            "There are no words in this language yet. Save some first.",
        ));
    }
    let samples = Samples::of(desk, &*unit.tx, organisation, call.now).await?;
    let example = samples.example(template, &tag);
    let letter = Letter {
        when: When::AtOnce,
        facts: MessageFacts { wanted_language: tag.clone(), is_test: true, ..example },
        ..Letter::new(template, format!("test:{}", ids::fresh(call.now)))
    };
    unit.send_test((organisation, person), (channel, address), newest, &letter).await?;
    let id = id_of(organisation, template, &tag);
    unit.record("test-words", &Touched { organisation, entity: "template", id: Some(id), patient: None });
    unit.finish(()).await
}

fn number(desk: &Desk, typed: &str) -> Result<String, ServiceError> {
    let number = desk.ports.words.phone(typed);
    let digits = number.strip_prefix('+').unwrap_or_default();
    // E.164: at most 15 digits, and none is shorter than 8.
    if (8..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit()) {
        Ok(number)
    } else {
        Err(ServiceError::invalid("number", "Enter a mobile number, like 07700 900123."))
    }
}

/// Spans of a minute are counted; with one in this span or in the one before, less than a minute may have gone by.
async fn pause(unit: &Unit<'_>, person: &str) -> Result<(), ServiceError> {
    let key = format!("test-words:{}", ids::hashed(person));
    let start = unit.call.now.timestamp_millis().div_euclid(PAUSE) * PAUSE;
    let now = store::ways_in::count_attempt(&unit.tx, &key, start).await?;
    let before = store::ways_in::attempts_in(&*unit.tx, &key, start - PAUSE).await?;
    match (now, before) {
        (1, 0) => Ok(()),
        // Refused, the transaction takes the count back.
        _ => Err(ServiceError::invalid(
            "way",
            "You sent a test a moment ago. Wait a minute, then send the next one.",
        )),
    }
}
