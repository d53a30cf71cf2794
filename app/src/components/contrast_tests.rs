//! Reads the colour tokens and holds them to their contrast: 7:1 for text (WCAG 2.2, 1.4.6), 3:1 for borders and focus
//! (1.4.11), in the light, dark and high-contrast themes alike. Formula: WCAG 2.2, "relative luminance".

use std::collections::BTreeMap;

const TOKENS: &str = include_str!("../../styles/tokens.css");

type Colours = BTreeMap<String, [f64; 3]>;

/// The colours of the themes in the order of the file; each begins with what the themes before it leave in force.
fn themes() -> Vec<(String, Colours)> {
    let mut out: Vec<(String, Colours)> = Vec::new();
    for part in TOKENS.split("/* theme: ").skip(1) {
        let (name, rules) = part.split_once(" */").expect("a theme's comment is closed");
        let base = if name.starts_with("light") { "light" } else { "dark" };
        let mut colours = out.iter().find(|(n, _)| n == base).map(|(_, c)| c.clone()).unwrap_or_default();
        for line in rules.lines().map(str::trim) {
            let Some((token, value)) = line.split_once(": #") else { continue };
            colours.insert(token.to_owned(), rgb(value.trim_end_matches(';')));
        }
        out.push((name.to_owned(), colours));
    }
    out
}

fn rgb(hex: &str) -> [f64; 3] {
    assert_eq!(hex.len(), 6, "colours are written with six digits: #{hex}");
    [0, 2, 4].map(|at| {
        let byte = u8::from_str_radix(&hex[at..at + 2], 16).expect("colours are hexadecimal");
        let c = f64::from(byte) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    })
}

fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let luminance = |[r, g, b]: [f64; 3]| 0.2126 * r + 0.7152 * g + 0.0722 * b;
    let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
    if a > b { a / b } else { b / a }
}

#[test]
fn every_theme_keeps_its_contrast() {
    let text = [
        ("ink", "paper"),
        ("ink", "ground"),
        ("ink-soft", "paper"),
        ("ink-soft", "ground"),
        ("accent", "paper"),
        ("accent", "ground"),
        ("accent-ink", "accent"),
        ("accent-ink", "accent-strong"),
        ("done-ink", "done-ground"),
        ("waiting-ink", "waiting-ground"),
        ("attention-ink", "attention-ground"),
        ("stopped-ink", "stopped-ground"),
        ("stopped-ink", "paper"),
        ("stopped-ink", "ground"),
        ("warning-ink", "warning"),
        ("ink", "hover"),
    ];
    let edges = [
        ("done-edge", "paper"),
        ("waiting-edge", "paper"),
        ("attention-edge", "paper"),
        ("stopped-edge", "paper"),
        ("line-strong", "paper"),
        ("line-strong", "ground"),
        ("focus", "paper"),
        ("focus", "ground"),
    ];
    let themes = themes();
    assert_eq!(themes.len(), 4, "light, dark and their high-contrast forms");
    let mut too_low = Vec::new();
    for (theme, colours) in &themes {
        let wanted = text.iter().map(|pair| (pair, 7.0)).chain(edges.iter().map(|pair| (pair, 3.0)));
        for ((front, back), least) in wanted {
            let colour = |name: &str| {
                let token = format!("--colour-{name}");
                *colours.get(&token).unwrap_or_else(|| panic!("{token} is missing in {theme}"))
            };
            let found = contrast(colour(front), colour(back));
            if found < least {
                too_low.push(format!("{theme}: {front} on {back} is {found:.2}, wanted {least}"));
            }
        }
    }
    assert!(too_low.is_empty(), "{too_low:#?}");
}
