//! The matrix as somebody reads it: one table for each rule, endpoints that answer alike together.

use std::collections::HashMap;
use std::fmt::Write;

use uuid::Uuid;

use super::Cell;
use super::policy::{PEOPLE, RELATIONS, Rows};

pub fn table(cells: &[Cell<'_>], rows: &HashMap<Uuid, Vec<String>>) -> String {
    let mut text = format!("{} cells\n", cells.len());
    let mut at = 0;
    while at < cells.len() {
        let rule = cells[at].rule;
        let block = &cells[at..];
        let length = block.iter().take_while(|cell| std::ptr::eq(cell.rule, rule)).count();
        writeln!(text, "\n== {}", rule.title).expect("text");
        for (endpoints, answers) in groups(&block[..length], rows) {
            endpoints.iter().for_each(|endpoint| writeln!(text, "{endpoint}").expect("text"));
            answers.iter().for_each(|answer| writeln!(text, "    {answer}").expect("text"));
        }
        at += length;
    }
    text
}

/// Endpoints of one rule with their answers, those with the same answers together.
fn groups(cells: &[Cell<'_>], rows: &HashMap<Uuid, Vec<String>>) -> Vec<(Vec<String>, Vec<String>)> {
    let mut groups: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    let mut at = 0;
    while at < cells.len() {
        let endpoint = cells[at].endpoint;
        let length = cells[at..].iter().take_while(|cell| std::ptr::eq(cell.endpoint, endpoint)).count();
        let answers = answers(&cells[at..at + length], rows);
        match groups.iter_mut().find(|(_, known)| *known == answers) {
            Some((endpoints, _)) => endpoints.push(endpoint.to_string()),
            None => groups.push((vec![endpoint.to_string()], answers)),
        }
        at += length;
    }
    groups
}

/// One line for each answer: who gets it, for which relations where not for all.
fn answers(cells: &[Cell<'_>], rows: &HashMap<Uuid, Vec<String>>) -> Vec<String> {
    let about = cells.iter().any(|cell| cell.relation != "own");
    let mut answers: Vec<(String, Vec<String>)> = Vec::new();
    for who in PEOPLE {
        let mut own: Vec<(String, Vec<&str>)> = Vec::new();
        for relation in RELATIONS.iter().rev() {
            let Some(cell) = cells.iter().find(|cell| cell.who == who && cell.relation == *relation) else {
                continue;
            };
            let answer = answer(cell, rows);
            match own.iter_mut().find(|(known, _)| *known == answer) {
                Some((_, relations)) => relations.push(relation),
                None => own.push((answer, vec![relation])),
            }
        }
        for (answer, relations) in own {
            let is_all = !about || relations.len() == RELATIONS.len();
            let named = if is_all { who.to_owned() } else { format!("{who} ({})", relations.join(", ")) };
            match answers.iter_mut().find(|(known, _)| *known == answer) {
                Some((_, people)) => people.push(named),
                None => answers.push((answer, vec![named])),
            }
        }
    }
    answers.into_iter().map(|(answer, people)| format!("{answer}: {}", people.join(", "))).collect()
}

fn answer(cell: &Cell<'_>, rows: &HashMap<Uuid, Vec<String>>) -> String {
    let left = match cell.rule.rows(cell.who, cell.expected) {
        Rows::Each => "a row each".to_owned(),
        Rows::Exactly(_) => match rows.get(&cell.seen.request).map_or(0, Vec::len) {
            0 => "no row".to_owned(),
            1 => "1 row".to_owned(),
            many => format!("{many} rows"),
        },
    };
    format!("{} {}", cell.seen.to_string().trim(), left)
}
