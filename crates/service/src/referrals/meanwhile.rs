//! What happened while somebody had a form open, so that the second writer can join it with their own words.

use chrono::Duration;
use contract::{DraftInput, HistoryLine, LetterClash, LetterMerge, LetterPiece, Meanwhile};
use domain::ReferralId;
use domain::referral::{Act, State};
use store::entity::{event, letter_version};
use triage::merge::{self, Piece};

use crate::unit::{Case, Unit, find_case};
use crate::{Call, Desk, ServiceError, describe};

/// How long it is known what a draft said. Longer than any session lives, so that no form is older.
const KEPT_DAYS: i64 = 2;

/// Notes what a save of the draft is about to replace.
pub(super) async fn keep_letter(unit: &Unit<'_>, case: &Case) -> Result<(), ServiceError> {
    let now = unit.call.now;
    let row = letter_version::Model {
        organisation_id: case.row.organisation_id,
        referral_id: case.row.id,
        version: case.row.version,
        reason: case.row.reason.clone(),
        priority: case.row.priority.clone(),
        replaced_at: now.timestamp_millis(),
        replaced_by: unit.call.actor.key(),
        replaced_by_name: unit.call.actor.label(),
    };
    let before = (now - Duration::days(KEPT_DAYS)).timestamp_millis();
    Ok(store::letters::replace(&unit.tx, row, before).await?)
}

/// What was done to a referral since it had a version; for a form that was made from that version and refused. Of a draft, the
/// words of `mine` are joined with what others wrote. Whoever sees the referral; the page that shows this records the read.
pub async fn meanwhile(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    version: i64,
    mine: Option<&DraftInput>,
) -> Result<Meanwhile, ServiceError> {
    let db = desk.store.reader();
    let case = find_case(desk, db, call, id).await?;
    let history = store::referrals::history(db, &case.row).await?;
    let mut lines: Vec<HistoryLine> = history
        .iter()
        .filter(|row| row.kind != Act::Save.event() && version_of(row) > version)
        .map(|row| describe::history(&case, row))
        .collect();
    let mut letter = None;
    if case.state == State::Draft {
        let replaced = store::letters::since(db, &case.row, version).await?;
        lines.extend(savers(&case, &replaced));
        letter = mine.map(|mine| join(&case, replaced.first(), mine));
    }
    Ok(Meanwhile { lines, letter })
}

/// The version that an event made; 0 when it does not say.
fn version_of(row: &event::Model) -> i64 {
    let detail: serde_json::Value = serde_json::from_str(&row.detail).unwrap_or_default();
    detail["version"].as_i64().unwrap_or_default()
}

/// Who saved, each once, with their last time.
fn savers(case: &Case, replaced: &[letter_version::Model]) -> Vec<HistoryLine> {
    let mut last: Vec<&letter_version::Model> = Vec::new();
    for row in replaced {
        last.retain(|other| other.replaced_by != row.replaced_by);
        last.push(row);
    }
    let line = |row: &letter_version::Model| HistoryLine {
        when: describe::day_and_clock(row.replaced_at, case.zone()),
        who: row.replaced_by_name.clone(),
        kind: Act::Save.event().to_owned(),
        to: None,
        reason: None,
        why: None,
    };
    last.into_iter().map(line).collect()
}

fn join(case: &Case, base: Option<&letter_version::Model>, mine: &DraftInput) -> LetterMerge {
    let theirs = &case.row;
    let (before, before_priority) =
        base.map_or((&theirs.reason, &theirs.priority), |base| (&base.reason, &base.priority));
    let merged = merge::merge(before, &mine.reason, &theirs.reason);
    let is_mine = mine.priority != *before_priority && !mine.priority.is_empty();
    LetterMerge {
        theirs: pieces(before, &theirs.reason),
        mine: pieces(before, &mine.reason),
        own: mine.reason.clone(),
        text: merged.text,
        clashes: merged
            .clashes
            .into_iter()
            .map(|clash| LetterClash { before: clash.before, mine: clash.mine, theirs: clash.theirs })
            .collect(),
        priority: if is_mine { mine.priority.clone() } else { theirs.priority.clone() },
        their_priority: (theirs.priority != *before_priority).then(|| theirs.priority.clone()),
    }
}

/// The difference of two texts, word by word.
pub(crate) fn pieces(before: &str, after: &str) -> Vec<LetterPiece> {
    merge::diff(before, after)
        .into_iter()
        .map(|piece| match piece {
            Piece::Same(text) => LetterPiece::Same(text),
            Piece::Removed(text) => LetterPiece::Removed(text),
            Piece::Added(text) => LetterPiece::Added(text),
        })
        .collect()
}
