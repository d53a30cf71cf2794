//! A message as words: without case, accents, punctuation, signs and what phones put around them.

use super::words;

/// The words between two signs that end a thought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Clause {
    pub words: Vec<String>,
    /// It ended in a question mark.
    pub asks: bool,
}

impl Clause {
    /// The words without greetings and courtesies.
    pub fn bare(&self) -> Vec<&str> {
        self.words.iter().map(String::as_str).filter(|word| !words::COURTESY.contains(word)).collect()
    }

    /// Whether one of the phrases stands in it, word by word.
    pub fn has_phrase(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.phrase_at(phrase).is_some())
    }

    /// Where a phrase begins.
    pub fn phrase_at(&self, phrase: &str) -> Option<usize> {
        let wanted: Vec<&str> = phrase.split(' ').collect();
        self.words.windows(wanted.len()).position(|some| some.iter().eq(wanted.iter()))
    }
}

/// A whole message.
#[derive(Debug, Default)]
pub(super) struct Message {
    pub clauses: Vec<Clause>,
    /// A thumb up, a tick.
    pub nods: bool,
    /// A thumb down, a cross.
    pub shakes: bool,
    /// A phone's mark on a message, with that message repeated.
    pub is_reaction: bool,
}

impl Message {
    pub fn of(text: &str) -> Self {
        let text = unquoted(text);
        let mut message = Self { is_reaction: is_reaction(&text), ..Self::default() };
        let mut clause = Clause::default();
        let mut word = String::new();
        for letter in text.chars() {
            match letter {
                '👍' | '👌' | '✅' | '✔' | '☑' => message.nods = true,
                '👎' | '❌' | '🚫' | '❎' | '✖' => message.shakes = true,
                _ => {}
            }
            match kind(letter) {
                Kind::Letter => fold_into(&mut word, letter),
                Kind::Nothing => {}
                Kind::Gap => take(&mut word, &mut clause),
                Kind::End => {
                    take(&mut word, &mut clause);
                    clause.asks |= matches!(letter, '?' | '？' | '؟');
                    message.close(&mut clause);
                }
            }
        }
        take(&mut word, &mut clause);
        message.close(&mut clause);
        message.join_spelt();
        for clause in &mut message.clauses {
            clause.words = joined(std::mem::take(&mut clause.words));
        }
        message
    }

    /// The message as one clause.
    pub fn whole(&self) -> Clause {
        Clause {
            words: joined(self.clauses.iter().flat_map(|clause| clause.words.iter().cloned()).collect()),
            asks: self.clauses.iter().any(|clause| clause.asks),
        }
    }

    fn close(&mut self, clause: &mut Clause) {
        let clause = std::mem::take(clause);
        if !clause.words.is_empty() {
            self.clauses.push(clause);
        } else if let Some(before) = self.clauses.last_mut() {
            before.asks |= clause.asks;
        }
    }

    /// "S.T.O.P" and "s t o p" are a word.
    fn join_spelt(&mut self) {
        let letters: Vec<&String> = self.clauses.iter().flat_map(|clause| &clause.words).collect();
        if letters.len() > 1 && letters.iter().all(|letter| letter.chars().count() == 1) {
            let word = letters.into_iter().map(String::as_str).collect();
            let asks = self.clauses.iter().any(|clause| clause.asks);
            self.clauses = vec![Clause { words: vec![word], asks }];
        }
    }
}

enum Kind {
    Letter,
    /// Dropped, and what stands around it is one word: don't.
    Nothing,
    Gap,
    /// Ends a thought.
    End,
}

fn kind(letter: char) -> Kind {
    match letter {
        // Apostrophes, and what cannot be seen: joiners, marks of direction, a soft hyphen, accents of their own, selectors.
        '\'' | '’' | '‘' | '`' | '´' | 'ʼ' | '＇' => Kind::Nothing,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' => {
            Kind::Nothing
        }
        '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' => Kind::Nothing,
        // Arabic vowel signs, which are written or left out.
        '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{640}' => Kind::Nothing,
        '.' | '!' | '?' | ';' | ',' | '\n' | '\r' | '…' | '。' | '！' | '？' | '，' | '؟' | '،' | '।'
        | '–' | '—' => Kind::End,
        // Vowel signs of the Indian scripts belong to their words.
        '\u{900}'..='\u{dff}' => Kind::Letter,
        letter if letter.is_alphanumeric() => Kind::Letter,
        _ => Kind::Gap,
    }
}

fn take(word: &mut String, clause: &mut Clause) {
    if !word.is_empty() {
        clause.words.push(std::mem::take(word));
    }
}

/// A letter in its plain form: small, without an accent, not wider than others.
fn fold_into(word: &mut String, letter: char) {
    let plain = match letter {
        'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '０'..='９' => {
            char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter)
        }
        other => other,
    };
    for small in plain.to_lowercase() {
        match small {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' | 'ạ' | 'ả' | 'ấ' | 'ầ' => {
                word.push('a')
            }
            'ç' | 'ć' | 'č' => word.push('c'),
            'ď' | 'đ' => word.push('d'),
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' | 'ế' | 'ề' => word.push('e'),
            'ğ' => word.push('g'),
            'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => word.push('i'),
            'ł' | 'ľ' => word.push('l'),
            'ñ' | 'ń' | 'ň' => word.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' | 'ố' | 'ồ' => word.push('o'),
            'ř' => word.push('r'),
            'ś' | 'š' | 'ş' | 'ș' => word.push('s'),
            'ť' | 'ţ' | 'ț' => word.push('t'),
            'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' | 'ừ' | 'ư' => word.push('u'),
            'ŵ' => word.push('w'),
            'ý' | 'ÿ' | 'ŷ' => word.push('y'),
            'ź' | 'ż' | 'ž' => word.push('z'),
            'ß' => word.push_str("ss"),
            'æ' => word.push_str("ae"),
            'œ' => word.push_str("oe"),
            // A dot that a capital of Turkish leaves behind.
            '\u{307}' => {}
            other => word.push(other),
        }
    }
}

/// What people write as two words or as one.
const JOINED: &[(&[&str], &str)] = &[
    (&["i", "will", "not"], "i wont"),
    (&["do", "not"], "dont"),
    (&["don", "t"], "dont"),
    (&["can", "not"], "cant"),
    (&["can", "t"], "cant"),
    (&["cannot"], "cant"),
    (&["couldnt"], "cant"),
    (&["unable", "to"], "cant"),
    (&["will", "not"], "wont"),
    (&["won", "t"], "wont"),
    (&["does", "not"], "doesnt"),
    (&["did", "not"], "didnt"),
    (&["should", "not"], "shouldnt"),
    (&["i", "m"], "im"),
    (&["i", "am"], "im"),
    (&["i", "ve"], "ive"),
    (&["i", "ll"], "ill"),
    (&["i", "will"], "iwill"),
    (&["it", "s"], "its"),
    (&["it", "is"], "its"),
    (&["that", "s"], "thats"),
    (&["that", "is"], "thats"),
    (&["any", "more"], "anymore"),
    (&["no", "longer"], "nolonger"),
    (&["opt", "me", "out"], "optout"),
    (&["opting", "out"], "optout"),
    (&["opted", "out"], "optedout"),
    (&["opt", "out"], "optout"),
    (&["stop", "all"], "stopall"),
    (&["un", "subscribe"], "unsubscribe"),
    (&["un", "stop"], "unstop"),
    (&["text", "message"], "message"),
    (&["text", "messages"], "messages"),
    (&["appointment", "reminders"], "reminders"),
    (&["appointment", "reminder"], "reminder"),
    (&["thank", "you"], "thanks"),
    (&["many", "thanks"], "thanks"),
    (&["good", "morning"], "hello"),
    (&["good", "afternoon"], "hello"),
    (&["good", "evening"], "hello"),
];

fn joined(words: Vec<String>) -> Vec<String> {
    let mut out = Vec::with_capacity(words.len());
    let mut at = 0;
    'words: while at < words.len() {
        for (parts, whole) in JOINED {
            if words[at..].len() >= parts.len()
                && parts.iter().zip(&words[at..]).all(|(part, word)| part == word)
            {
                out.extend(whole.split(' ').map(str::to_owned));
                at += parts.len();
                continue 'words;
            }
        }
        out.push(words[at].clone());
        at += 1;
    }
    out
}

/// The message without what it repeats of ours: lines behind `>`, and more than three words between quotation marks when
/// something stands beside them.
fn unquoted(text: &str) -> String {
    let own: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with('>')).collect();
    let own = own.join("\n");
    let mut out = String::with_capacity(own.len());
    let mut rest = own.as_str();
    while let Some((open, from)) = rest.char_indices().find(|(_, letter)| "“\"«„".contains(*letter)) {
        let inner = &rest[open + from.len_utf8()..];
        let Some((close, until)) = inner.char_indices().find(|(_, letter)| "”\"»“".contains(*letter))
        else {
            break;
        };
        let (quoted, behind) = (&inner[..close], &inner[close + until.len_utf8()..]);
        let stands_alone = out.trim().is_empty() && rest[..open].trim().is_empty() && !has_letters(behind);
        out.push_str(&rest[..open]);
        if stands_alone || quoted.split_whitespace().count() <= 3 {
            out.push(' ');
            out.push_str(quoted);
            out.push(' ');
        } else {
            out.push('\n');
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

fn has_letters(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// `Liked “…”` as phones send it to those that do not know the mark.
fn is_reaction(text: &str) -> bool {
    let text = text.trim_start();
    let marks =
        ["Liked", "Loved", "Disliked", "Laughed at", "Emphasized", "Emphasised", "Questioned", "Reacted"];
    // What was in quotation marks is gone by now, but for a few words.
    marks.iter().any(|mark| {
        text.strip_prefix(mark).is_some_and(|behind| behind.trim().is_empty() && !behind.is_empty())
    })
}
