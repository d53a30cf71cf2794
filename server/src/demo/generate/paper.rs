//! The documents that services ask for, as one-page PDF files with drawings where they belong.

use super::cases::Case;
use super::directory::DOCUMENTS;
use super::pdf;
use super::random::Random;

/// Title and file of a document of that kind.
pub fn of(kind: &str, about: &str, case: &Case, random: &mut Random) -> (String, Vec<u8>) {
    let title = DOCUMENTS.iter().find(|(code, _)| *code == kind).map_or(kind, |(_, words)| *words);
    let (text, drawing) = match kind {
        "ecg" => ecg(case, random),
        "photo" => (
            "Drawn from the photograph taken in the surgery, with a ruler beside the skin (marks every 5 mm). \
             The position is given in the letter."
                .to_owned(),
            skin(case, random),
        ),
        "blood-results" => (blood(case.background, random), String::new()),
        _ => (optometry(random), String::new()),
    };
    let text = format!("{about}\n\n{text}");
    (title.to_owned(), pdf::letter(title, &text, &drawing))
}

/// A strip of lead II. Irregular and without P waves in atrial fibrillation.
fn ecg(case: &Case, random: &mut Random) -> (String, String) {
    let fibrillation = case.reason.0.starts_with("I48");
    let rate = if fibrillation { 88 } else { random.between(62, 86) };
    let mut strip = String::from("0.2 w 0.9 0.7 0.7 RG\n");
    for line in 0..=32 {
        let x = 56 + line * 15;
        strip.push_str(&format!("{x} 420 m {x} 540 l S\n"));
    }
    for line in 0..=8 {
        let y = 420 + line * 15;
        strip.push_str(&format!("56 {y} m 536 {y} l S\n"));
    }
    strip.push_str("0.9 w 0 0 0 RG\n56 470 m\n");
    let mut x = 62.0;
    while x < 480.0 {
        let shape: &[(f32, f32)] = if fibrillation {
            &[(3.0, 471.5), (6.0, 468.5), (9.0, 471.0), (13.0, 470.0)]
        } else {
            &[(2.0, 470.0), (5.0, 477.0), (8.0, 470.0), (13.0, 470.0)]
        };
        let beat = [
            (15.0, 466.0),
            (17.0, 518.0),
            (19.0, 460.0),
            (21.0, 470.0),
            (29.0, 471.0),
            (34.0, 481.0),
            (39.0, 470.0),
        ];
        for (along, y) in shape.iter().chain(&beat) {
            strip.push_str(&format!("{:.1} {y:.1} l\n", x + along));
        }
        let uneven = if fibrillation { random.between(0, 30) as f32 - 12.0 } else { 0.0 };
        x += 4500.0 / rate as f32 + uneven;
    }
    strip.push_str("S\n");
    let rhythm =
        if fibrillation { "irregular, no P waves" } else { "regular in this strip, P waves present" };
    (
        format!(
            "Rate {rate} a minute. Rhythm: {rhythm}. Lead II, 25 mm/s, 10 mm/mV.\nSee the letter for what led to the recording."
        ),
        strip,
    )
}

/// A patch of skin with one mark and a ruler.
fn skin(case: &Case, random: &mut Random) -> String {
    let (wide, high) = (random.between(30, 70), random.between(26, 60));
    // Growths (chapter II, L57, L82) are brown, rashes red.
    let growth = ["C", "D", "L57", "L82"].iter().any(|start| case.reason.0.starts_with(start));
    let colour = if growth { "0.45 0.27 0.20" } else { "0.82 0.48 0.44" };
    let mut drawing = format!("0.93 0.80 0.72 rg 156 360 280 220 re f\n{colour} rg\n");
    // An uneven outline of four curves around the centre (296, 470).
    let mut edge = |base: u32| f64::from(base) * f64::from(random.between(75, 125)) / 100.0;
    let (east, north, west, south) = (edge(wide), edge(high), edge(wide), edge(high));
    let (x, y) = (296.0, 470.0);
    let bend = 0.55;
    drawing.push_str(&format!("{:.1} {y:.1} m\n", x + east));
    for [ax, ay, bx, by, cx, cy] in [
        [east, north * bend, east * bend, north, 0.0, north],
        [-west * bend, north, -west, north * bend, -west, 0.0],
        [-west, -south * bend, -west * bend, -south, 0.0, -south],
        [east * bend, -south, east, -south * bend, east, 0.0],
    ] {
        drawing.push_str(&format!(
            "{:.1} {:.1} {:.1} {:.1} {:.1} {:.1} c\n",
            x + ax,
            y + ay,
            x + bx,
            y + by,
            x + cx,
            y + cy
        ));
    }
    drawing.push_str("f\n1 1 1 rg 176 366 240 18 re f 0.6 w 0 0 0 RG\n");
    for mark in 0..=16 {
        let along = 176 + mark * 15;
        drawing.push_str(&format!("{along} 384 m {along} 375 l S\n"));
    }
    drawing
}

fn blood(background: &str, random: &mut Random) -> String {
    let kidneys = background.split_whitespace().any(|key| key == "ckd");
    let (filtration, creatinine) = if kidneys {
        (random.between(40, 52), random.between(118, 142))
    } else {
        (random.between(72, 89), random.between(58, 84))
    };
    format!(
        "Haemoglobin  {} g/L\nWhite cells  {}.{} x 10^9/L\nPlatelets  {} x 10^9/L\nSodium  {} mmol/L\n\
         Potassium  4.{} mmol/L\nCreatinine  {creatinine} micromol/L\neGFR  {filtration} mL/min/1.73 m2\nALT  {} U/L\nAlbumin  {} g/L\n\n\
         Further results are given in the letter.",
        random.between(124, 148),
        random.between(5, 8),
        random.between(0, 9),
        random.between(190, 340),
        random.between(136, 143),
        random.between(0, 8),
        random.between(14, 38),
        random.between(38, 46),
    )
}

fn optometry(random: &mut Random) -> String {
    let mut half = |low, high| f64::from(random.between(low, high)) / 4.0;
    let (right, left) = (half(0, 9), half(0, 9));
    format!(
        "Refraction right +{right:.2} sphere, left +{left:.2} sphere. Reading addition as needed. Pupils equal and reacting. \
         Eye movements full unless said otherwise in the letter.\n\nVision, pressures and the finding that led to the referral \
         are given in the letter.\n\nLantern Lane Opticians, Oxley, 01632 960770"
    )
}
